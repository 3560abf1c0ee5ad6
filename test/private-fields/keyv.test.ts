import { KeyvMemcache } from '@keyv/memcache';
import { createCache } from 'cache-manager';
import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';
import { Keyv as Keyv6, KeyvBridgeAdapter } from 'keyv6';
import { expect, it } from 'vitest';
import { look } from './fields.js';

const own = (value: object, name: string): unknown =>
  Object.getOwnPropertyDescriptor(value, name)?.value;

const STORE = ['get', 'set', 'delete', 'clear'];

it('a cache of cache-manager has own stores, and get, set and wrap', () => {
  const keyv = new Keyv();
  const cache = createCache({ stores: [keyv] });
  expect(own(cache, 'stores')).toEqual([keyv]);
  for (const name of ['get', 'set', 'wrap']) expect(look(cache)[name]).toBeInstanceOf(Function);
});

it('a Cacheable has a Keyv in _primary and one in _secondary', () => {
  const [primary, secondary] = [new Keyv(), new Keyv()];
  const cache = new Cacheable({ primary, secondary });
  expect(own(cache, '_primary')).toBe(primary);
  expect(own(cache, '_secondary')).toBe(secondary);
  for (const name of STORE) expect(look(cache)[name]).toBeInstanceOf(Function);
});

it.each([
  ['Keyv 5', (store: KeyvMemcache) => new Keyv({ store })],
  ['Keyv 6', (store: KeyvMemcache) => new Keyv6({ store: store as never })],
])('%s has its store, or a bridge to it, in _store', (_, create) => {
  const store = new KeyvMemcache('127.0.0.1:1');
  const keyv = create(store);
  for (const name of STORE) expect(look(keyv)[name]).toBeInstanceOf(Function);
  const held = own(keyv, '_store') as object;
  expect([held, own(held, '_store')]).toContain(store);
});

it('a bridge of Keyv 6 has the store in _store', () => {
  const store = new KeyvMemcache('127.0.0.1:1');
  const bridge = new KeyvBridgeAdapter(store as never);
  expect(own(bridge, '_store')).toBe(store);
  for (const name of STORE) expect(look(bridge)[name]).toBeInstanceOf(Function);
});

it('KeyvMemcache has own client and opts, and formatKey', () => {
  const store = new KeyvMemcache('127.0.0.1:1');
  expect(own(store, 'client')).toMatchObject({ servers: [{ host: '127.0.0.1', port: 1 }] });
  expect(own(store, 'opts')).toBeInstanceOf(Object);
  for (const name of [...STORE, 'formatKey']) expect(look(store)[name]).toBeInstanceOf(Function);
});
