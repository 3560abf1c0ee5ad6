import { oneOf } from './rules.js';

/**
 * What an answer tells: `'status'` names, states and sentences; `'full'` also addresses and errors.
 *
 * @publicApi
 */
export type Details = 'status' | 'full';

export const detailsRule = oneOf('status', 'full');
