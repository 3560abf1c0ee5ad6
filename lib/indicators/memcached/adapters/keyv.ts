import { hasMethods, isObjectOrArray, ownData } from './own-data.js';

const STORE = ['get', 'set', 'delete', 'clear'];

/**
 * The values that a cache wraps: the stores of one of `cache-manager`, the two of a Cacheable, the store
 * of a Keyv or of a bridge of Keyv 6, and the client of `@keyv/memcache`, which is one of `memjs` or,
 * for Keyv 6, of `memcache`.
 */
export function unwrapCache(cache: object): readonly unknown[] {
  const stores = ownData(cache, 'stores');
  if (Array.isArray(stores)) {
    return hasMethods(cache, 'get', 'set', 'wrap') ? stores : [];
  }
  if (!hasMethods(cache, ...STORE)) {
    return [];
  }
  const options = ownData(cache, 'opts');
  if (isObjectOrArray(options) && hasMethods(cache, 'formatKey')) {
    return [ownData(cache, 'client')];
  }
  const store = ownData(cache, '_store') ?? (isObjectOrArray(options) && ownData(options, 'store'));
  return [store, ownData(cache, '_primary'), ownData(cache, '_secondary')];
}
