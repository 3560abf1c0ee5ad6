import { unwrapCache } from './adapters/keyv.js';
import { isObjectOrArray } from './adapters/own-data.js';
import { memcacheAdapter } from './adapters/memcache.js';
import { memcacheClientAdapter } from './adapters/memcache-client.js';
import { memcachePlusAdapter } from './adapters/memcache-plus.js';
import { memcachedAdapter } from './adapters/memcached.js';
import { memjsAdapter } from './adapters/memjs.js';
import type { MemcachedClientAdapter } from '../../options/memcached-client.adapter.js';

/** A client, and the adapter that reads it. */
export interface AdaptedClient {
  readonly client: object;
  readonly adapter: MemcachedClientAdapter;
}

const ADAPTERS: readonly MemcachedClientAdapter[] = [
  memcachedAdapter,
  memjsAdapter,
  memcacheAdapter,
  memcacheClientAdapter,
  memcachePlusAdapter,
];

// cache-manager or a Cacheable, Keyv, a bridge, its store, the client.
const MOST_LAYERS = 5;

/**
 * The clients that a value is or wraps: none, itself, or those of a cache.
 *
 * @param own adapters of the user, which come first
 */
export function adaptedClientsIn(
  value: unknown,
  own: readonly MemcachedClientAdapter[],
  layers = MOST_LAYERS,
): AdaptedClient[] {
  if (!isObjectOrArray(value) || layers === 0) {
    return [];
  }
  const adapter = [...own, ...ADAPTERS].find((each) => attempt(() => each.matches(value), false));
  return adapter
    ? [{ client: value, adapter }]
    : attempt(() => unwrapCache(value), []).flatMap((each) =>
        adaptedClientsIn(each, own, layers - 1),
      );
}

/** A proxy may throw, and so may an adapter. */
function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
