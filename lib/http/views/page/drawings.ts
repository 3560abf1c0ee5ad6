import type { CheckStatus } from '../../../checks/outcome.js';
import { PAGE } from '../../../health.messages.js';
import { type Markup, markup } from './markup.js';

/** What a thing on the page may look like: a check's state, or neither good nor bad. */
export type Look = CheckStatus | 'idle';

// Told by their shape too, not by the colour alone.
const ICONS: Readonly<Record<Look, Markup>> = {
  up: markup`<circle cx="12" cy="12" r="11"/><path d="M7 12.5l3.5 3.5 7-7.5"/>`,
  degraded: markup`<path class="solid" d="M12 1.5L23 22H1z"/><path d="M12 9v6M12 18.6v.1"/>`,
  down: markup`<path class="solid" d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z"/><path d="M8 8l8 8M16 8l-8 8"/>`,
  idle: markup`<circle cx="12" cy="12" r="11"/><path d="M12 6v6l4 2.5"/>`,
};

export const icon = (look: Look) =>
  markup`<svg class="icon ${look}" viewBox="0 0 24 24" aria-hidden="true">${ICONS[look]}</svg>`;

const ICON_COLOURS: Readonly<Record<Look, string>> = {
  up: '#1a9c54',
  degraded: '#e69a1f',
  down: '#d93a40',
  idle: '#8790a0',
};

/** The icon of the tab, as a URL: a tab far away tells the state too. */
export const tabIcon = (look: Look) =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="${ICON_COLOURS[look]}"/></svg>`,
  )}`;

const BARS = 60;
const STEP = 4;
const HEIGHT = 24;
// The worse, the taller.
const TALL: Readonly<Record<CheckStatus | 'missing', number>> = {
  missing: 4,
  up: 11,
  degraded: 17,
  down: HEIGHT,
};

/** The last results as bars, the newest on the right. One path for each state keeps the page small. */
export function strip(statuses: readonly CheckStatus[]): Markup {
  const missing = Array.from({ length: BARS - statuses.length }, () => 'missing' as const);
  const bars = [...missing, ...statuses];
  const paths = (['missing', 'up', 'degraded', 'down'] as const).flatMap((look) => {
    const lines = bars.map((bar, index) =>
      bar === look ? `M${index * STEP + STEP / 2} ${HEIGHT}v-${TALL[look]}` : '',
    );
    const d = lines.join('');
    return d ? [markup`<path class="${look}" d="${d}"/>`] : [];
  });
  return markup`<svg viewBox="0 0 ${BARS * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${PAGE.lastResults(statuses)}">${paths}</svg>`;
}
