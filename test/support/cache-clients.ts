import { KeyvMemcache } from '@keyv/memcache';
import { createCache } from 'cache-manager';
import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';
import { Keyv as Keyv6 } from 'keyv6';
import { Memcache } from 'memcache';
import { MemcacheClient } from 'memcache-client';
import MemcachePlus from 'memcache-plus';
import { Client } from 'memjs';

/** One way for an app to have a memcached, and what it does with it. */
export interface CacheClient {
  /** What the app provides. */
  readonly value: object;
  /** Rejects, or resolves with false, when it fails. */
  write(key: string): Promise<boolean>;
  end(): void;
}

// memjs writes every failure to the console.
const QUIET = { logger: { log: () => {} } };

export const memjs = (servers: string, options: object = {}) =>
  Client.create(servers, { ...QUIET, ...options });

const keyvStore = (address: string) => new KeyvMemcache(address, QUIET as object);

function memjsClient(address: string): CacheClient {
  const client = memjs(address);
  return {
    value: client,
    write: (key) => client.set(key, 'value', { expires: 10 }),
    end: () => client.close(),
  };
}

function memcacheClient(address: string): CacheClient {
  const client = new Memcache({ nodes: [address], timeout: 1_000 });
  client.on('error', () => {});
  return {
    value: client,
    write: (key) => client.set(key, 'value', 10),
    end: () => void client.disconnect(),
  };
}

function memcacheClientClient(address: string): CacheClient {
  const client = new MemcacheClient({ server: address, cmdTimeout: 500 });
  return {
    value: client,
    write: async (key) => Boolean(await client.set(key, 'value', { lifetime: 10 })),
    end: () => client.shutdown(),
  };
}

/** Unlike the others it dials on its own account: when it is created, and when a connection is lost. */
export function memcachePlus(address: string, options: object = {}) {
  const client = new MemcachePlus({ hosts: [address], onNetError: () => {}, ...options });
  return {
    value: client,
    write: (key: string) => client.set(key, 'value', 10).then(() => true),
    end: () => void client.disconnect(),
    /** How long it waits before it dials its server again. */
    waitMs: () => client.connections[address]!.backoff,
  };
}

/** Some cache in front of a store of `@keyv/memcache`. */
const inFront = (of: (store: KeyvMemcache) => object) => (address: string) => {
  const store = keyvStore(address);
  const { client } = store;
  return {
    value: of(store),
    write: (key: string) => client.set(key, 'value', { expires: 10 }),
    end: () => client.close(),
  };
};

/** Every kind but the clients of `memcached` and `memcache-plus`, by name. */
export const CACHE_CLIENTS: [string, (address: string) => CacheClient][] = [
  ['memjs', memjsClient],
  ['memcache', memcacheClient],
  ['memcache-client', memcacheClientClient],
  ['a store of @keyv/memcache', inFront((store) => store)],
  ['a Keyv', inFront((store) => new Keyv({ store }))],
  ['a Keyv 6', inFront((store) => new Keyv6({ store: store as never }))],
  ['a cache of cache-manager', inFront((store) => createCache({ stores: [new Keyv({ store })] }))],
  ['a Cacheable', inFront((store) => new Cacheable({ secondary: new Keyv({ store }) }))],
];
