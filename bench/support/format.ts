import type { Limit } from './part.js';
import type { Summary } from './statistics.js';

/** Three significant digits, or whole numbers. */
export const short = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();

export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

/** The median, and the quartiles around it; nothing where nothing could be measured. */
export const around = ({ median, low, high }: Summary, format = short): string =>
  Number.isNaN(median) ? '–' : `${format(median)} (${format(low)}–${format(high)})`;

export const limitText = ({ atLeast, atMost }: Limit = {}): string =>
  atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '';

/** @param leeway 1 for none, 4/3 for a third */
export const isWithin = (value: number, { atLeast, atMost }: Limit = {}, leeway = 1): boolean =>
  (atLeast === undefined || value >= atLeast / leeway) &&
  (atMost === undefined || value <= atMost * leeway);
