import { oneOf } from './rules.js';

/**
 * How much a response contains. `'status'`: names, states, sentences and times. `'full'`: also the addresses
 * of memcached servers, of an error its class, code, SQLSTATE, HTTP status, system call and address, and of a
 * check's own data the numbers, booleans and words. No error's message: a message may quote a secret, and only
 * the log has it.
 *
 * @publicApi
 */
export type Details = 'status' | 'full';

export const detailsRule = oneOf('status', 'full');
