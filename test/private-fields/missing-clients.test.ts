import { KeyvMemcache } from '@keyv/memcache';
import { createCache } from 'cache-manager';
import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';
import { Memcache } from 'memcache';
import { MemcacheClient } from 'memcache-client';
import Memcached from 'memcached';
import { expect, it } from 'vitest';
import { probedApp } from '../support/probed-app.js';
import { memcachePlus, memjs } from '../support/cache-clients.js';
import { look } from './fields.js';

const ADDRESS = '127.0.0.1:1';
const store = () => new KeyvMemcache(ADDRESS);

it.each<[string, string, () => object]>([
  ['memcached', 'servers', () => new Memcached(ADDRESS)],
  ['memcached', 'HashRing', () => new Memcached(ADDRESS)],
  ['memcached', 'issues', () => new Memcached(ADDRESS)],
  ['memjs', 'servers', () => memjs(ADDRESS)],
  ['memjs', 'options', () => memjs(ADDRESS)],
  ['memcache', '_nodes', () => new Memcache({ nodes: [ADDRESS] })],
  ['memcache', '_hash', () => new Memcache({ nodes: [ADDRESS] })],
  ['memcache-client', '_servers', () => new MemcacheClient({ server: ADDRESS })],
  ['memcache-client', 'options', () => new MemcacheClient({ server: ADDRESS })],
  ['memcache-plus', 'hosts', () => memcachePlus(ADDRESS).value],
  ['memcache-plus', 'connections', () => memcachePlus(ADDRESS).value],
  ['memcache-plus', 'ring', () => memcachePlus(ADDRESS).value],
  ['@keyv/memcache', 'client', store],
  ['cacheable', '_primary', () => new Cacheable({ primary: new Keyv({ store: store() }) })],
  ['cacheable', '_secondary', () => new Cacheable({ secondary: new Keyv({ store: store() }) })],
  ['cache-manager', 'stores', () => createCache({ stores: [new Keyv({ store: store() })] })],
])('a client of %s without %s is not found, and refused by name', async (_, field, create) => {
  const client = create();
  delete look(client)[field];
  const app = await probedApp({ providers: [{ provide: 'CACHE', useValue: client }] });
  expect(await app.names()).toEqual([]);
  const clients = { CACHE: client };
  await expect(probedApp({}, { memcached: { clients } })).rejects.toThrow(
    'memcached.clients.CACHE',
  );
});

it('a client of memcache with a node without _host is not recognized', async () => {
  const client = new Memcache({ nodes: [ADDRESS] });
  delete look(client.nodes[0])['_host'];
  const app = await probedApp({ providers: [{ provide: 'CACHE', useValue: client }] });
  expect(await app.names()).toEqual([]);
});

it('a Keyv without _store is found by its options', async () => {
  const keyv = new Keyv({ store: store() });
  delete look(keyv)['_store'];
  const app = await probedApp({ providers: [{ provide: 'CACHE', useValue: keyv }] });
  expect(await app.names()).toEqual(['cache.CACHE']);
});
