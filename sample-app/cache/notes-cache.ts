/** Token of the `memcached` client. */
export const NOTES_CACHE = Symbol('NOTES_CACHE');
