import type { CheckStatus } from '../../../checks/outcome.js';
import { lastResults } from './format.js';
import { type Markup, markup } from './markup.js';

const BARS = 60;
const STEP = 4;
const HEIGHT = 24;
// The worse the state, the taller its bar.
const TALL: Readonly<Record<CheckStatus | 'missing', number>> = {
  missing: 4,
  up: 11,
  degraded: 17,
  down: HEIGHT,
};

/** The last results as bars, the newest on the right. One path for each state keeps the page small. */
export function historyBars(statuses: readonly CheckStatus[]): Markup {
  const missing = Array.from({ length: BARS - statuses.length }, () => 'missing' as const);
  const bars = [...missing, ...statuses];
  const paths = (['missing', 'up', 'degraded', 'down'] as const).flatMap((look) => {
    const lines = bars.map((bar, index) =>
      bar === look ? `M${index * STEP + STEP / 2} ${HEIGHT}v-${TALL[look]}` : '',
    );
    const d = lines.join('');
    return d ? [markup`<path class="${look}" d="${d}"/>`] : [];
  });
  return markup`<svg viewBox="0 0 ${BARS * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${lastResults(statuses)}">${paths}</svg>`;
}
