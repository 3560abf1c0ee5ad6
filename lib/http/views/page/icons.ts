import type { CheckStatus } from '../../../checks/outcome.js';
import { type Markup, markup } from './markup.js';

/** The look of a state on the page: a check's state, or neither good nor bad. */
export type Look = CheckStatus | 'idle';

// Each has a shape too: colour alone does not reach everybody.
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

/** The icon of the browser's tab, as a URL: a tab in the background shows the state too. */
export const tabIcon = (look: Look) =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="${ICON_COLOURS[look]}"/></svg>`,
  )}`;
