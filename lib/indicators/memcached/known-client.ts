import { behind } from './adapters/keyv.js';
import { isObjectOrArray } from './adapters/own-data.js';
import { memcacheAdapter } from './adapters/memcache.js';
import { memcacheClientAdapter } from './adapters/memcache-client.js';
import { memcachePlusAdapter } from './adapters/memcache-plus.js';
import { memcachedAdapter } from './adapters/memcached.js';
import { memjsAdapter } from './adapters/memjs.js';
import type { MemcachedClientAdapter } from '../../options/memcached-client.adapter.js';

/** A client, and what can look into it. */
export interface KnownClient {
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
 * The clients a value is or stands for: none, itself, or those behind a cache.
 *
 * @param own adapters of the user's, asked first
 */
export function knownClientsIn(
  value: unknown,
  own: readonly MemcachedClientAdapter[],
  layers = MOST_LAYERS,
): KnownClient[] {
  if (!isObjectOrArray(value) || layers === 0) {
    return [];
  }
  const adapter = [...own, ...ADAPTERS].find((each) => attempt(() => each.matches(value), false));
  return adapter
    ? [{ client: value, adapter }]
    : attempt(() => behind(value), []).flatMap((each) => knownClientsIn(each, own, layers - 1));
}

/** A proxy may throw at a look, and so may an adapter. */
function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
