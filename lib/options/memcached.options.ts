import type { MemcachedClientAdapter } from './memcached-client.adapter.js';
import { type OptionalChecks, optionalRule } from './optional.js';
import { anObject, hasFunctions, milliseconds, names, validate, type Rule } from './rules.js';

/**
 * How the memcached servers are checked.
 *
 * @publicApi
 */
export interface MemcachedChecks {
  /**
   * Names of clients whose servers are not checked, as in `cache.<name>`.
   *
   * @default []
   */
  exclude?: string[];

  /**
   * The clients the app can do without: names, `true` for all, or `'afterStart'` for all that have been
   * up once. Down is reported as `degraded`, still ready.
   *
   * @default []
   */
  optional?: OptionalChecks;

  /**
   * Deadline of one check, in milliseconds.
   *
   * @default the module's `timeoutMs`
   */
  timeoutMs?: number;

  /**
   * Clients that the module does not find, or caches in front of them, by the name of their check.
   *
   * @default {}
   * @example
   * memcached: { clients: { SESSIONS: sessionStore.client } }
   */
  clients?: Record<string, unknown>;

  /**
   * Adapters for clients of other packages. They come before those of the module.
   *
   * @default []
   * @example
   * memcached: {
   *   adapters: [
   *     {
   *       matches: (value) => value instanceof MyClient,
   *       servers: (client: MyClient) => [{ address: client.address }],
   *     },
   *   ],
   * }
   */
  adapters?: MemcachedClientAdapter[];
}

const adapters: Rule = {
  allowed: 'an array of objects with the methods matches and servers',
  accepts: (value) =>
    Array.isArray(value) && value.every((each) => hasFunctions(each, 'matches', 'servers')),
};

const RULES = {
  exclude: names,
  optional: optionalRule,
  timeoutMs: milliseconds,
  clients: anObject,
  adapters,
};

/** @param deadlineMs limits a deadline, and provides the default */
export function resolveMemcached(
  given: MemcachedChecks | false = {},
  deadlineMs: (given?: number) => number,
): Readonly<Required<MemcachedChecks>> | false {
  if (given === false) return false;
  validate(RULES, given, 'memcached.');
  return {
    exclude: given.exclude ?? [],
    optional: given.optional ?? [],
    timeoutMs: deadlineMs(given.timeoutMs),
    clients: given.clients ?? {},
    adapters: given.adapters ?? [],
  };
}
