import { KeyvMemcache } from '@keyv/memcache';
import { Injectable } from '@nestjs/common';
import { CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';
import { Memcache } from 'memcache';
import { MemcachedHealthIndicator } from 'nestjs-healthz';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStub } from '../memcached/stub.js';
import { freePort, type MemcachedServer, startMemcached, until } from '../servers/index.js';
import { CACHE_CLIENTS, memcachePlus, memjs } from '../support/cache-clients.js';
import { probedApp } from '../support/probed-app.js';

const UNREACHABLE = 'cannot connect to cache.';

let server: MemcachedServer;
let dead: string;

beforeAll(async () => {
  server = await startMemcached();
  dead = `127.0.0.1:${await freePort()}`;
});
afterAll(() => server.dispose());

const providing = (useValue: object) => ({ providers: [{ provide: 'SESSIONS', useValue }] });

/** Memory, and a server that is not there. */
const twoStores = () => [new Keyv(), new Keyv({ store: new KeyvMemcache(dead) })];

describe.each([...CACHE_CLIENTS, ['memcache-plus', memcachePlus] as const])('%s', (_, create) => {
  it('is found as a provider', async () => {
    const up = await probedApp(providing(create(server.address).value));
    expect(await up.names()).toEqual(['cache.SESSIONS']);
    expect(await up.fetchReadiness()).toBe('200 OK');
    const down = await probedApp(providing(create(dead).value));
    expect(await down.fetchReadiness()).toBe(`503 cache.SESSIONS: ${UNREACHABLE}`);
  });

  it('is found in a field of a service, a list and a Map', async () => {
    @Injectable()
    class CacheService {
      readonly cache = create(server.address).value;
      readonly shards = [create(server.address).value];
      readonly byTenant = new Map([['acme', create(server.address).value]]);
    }
    const app = await probedApp({ providers: [CacheService] });
    expect(await app.names()).toEqual([
      'cache.CacheService.byTenant.acme',
      'cache.CacheService.cache',
      'cache.CacheService.shards.0',
    ]);
    expect(await app.fetchReadiness()).toBe('200 OK');
  });

  it('can be given by name, and pinged in code', async () => {
    const { value } = create(dead);
    const { app } = await probedApp({}, { memcached: { clients: { PAGES: value } } });
    const indicator = app.get(MemcachedHealthIndicator);
    const down = { status: 'down', message: UNREACHABLE };
    expect(await indicator.pingAll()).toEqual({ 'cache.PAGES': down });
    expect(await indicator.pingCheck('pages', { client: value })).toEqual({ pages: down });
  });
});

describe('a cache of @nestjs/cache-manager', () => {
  it('is found, and called as its token', async () => {
    for (const imports of [
      [CacheModule.register({ stores: twoStores() })],
      [CacheModule.registerAsync({ useFactory: () => ({ stores: twoStores() }) })],
      [CacheModule.register({ stores: new KeyvMemcache(dead) as never, isGlobal: true })],
    ]) {
      const app = await probedApp({ imports });
      expect(await app.fetchReadiness()).toBe(`503 cache.${String(CACHE_MANAGER)}: ${UNREACHABLE}`);
    }
  });

  it('has a check for each of its memcached stores, but not for its memory', async () => {
    const stores = [
      new Keyv(),
      new Keyv({ store: new KeyvMemcache(server.address) }),
      new Keyv({ store: new KeyvMemcache(dead) }),
    ];
    const app = await probedApp({ imports: [CacheModule.register({ stores })] });
    expect(await app.names()).toEqual(['cache.CACHE_MANAGER', 'cache.CACHE_MANAGER#2']);
    expect(await app.fetchReadiness()).toBe(`503 cache.CACHE_MANAGER#2: ${UNREACHABLE}`);
  });

  it('with memory alone is not checked', async () => {
    const app = await probedApp({ imports: [CacheModule.register()] });
    expect(await app.names()).toEqual([]);
  });
});

describe('a Cacheable', () => {
  it('has a check for each of its two stores', async () => {
    const [primary, secondary] = [server.address, dead].map(
      (address) => new Keyv({ store: new KeyvMemcache(address) }),
    );
    const app = await probedApp(providing(new Cacheable({ primary, secondary })));
    expect(await app.names()).toEqual(['cache.SESSIONS', 'cache.SESSIONS#2']);
    expect(await app.fetchReadiness()).toBe(`503 cache.SESSIONS#2: ${UNREACHABLE}`);
  });

  it('with memory alone is not checked', async () => {
    const app = await probedApp(providing(new Cacheable()));
    expect(await app.names()).toEqual([]);
  });
});

describe('one client behind several things', () => {
  it('is checked once, and called as it is provided', async () => {
    const store = new KeyvMemcache(server.address);
    const keyv = new Keyv({ store });
    @Injectable()
    class CacheService {
      readonly keyv = keyv;
      readonly store = store;
      readonly client = store.client;
    }
    const app = await probedApp({
      imports: [CacheModule.register({ stores: [keyv] })],
      providers: [CacheService],
    });
    expect(await app.names()).toEqual(['cache.CACHE_MANAGER']);
  });
});

it('a store with a client of memcache, as of @keyv/memcache for Keyv 6, stands for that client', async () => {
  const client = new Memcache({ nodes: [dead] });
  class Store {
    readonly client = client;
    readonly opts = {};
    get() {}
    set() {}
    delete() {}
    clear() {}
    formatKey() {}
  }
  const app = await probedApp({
    providers: [{ provide: 'STORE', useValue: new Store() }, ...providing(client).providers],
  });
  expect(await app.fetchReadiness()).toBe(`503 cache.STORE: ${UNREACHABLE}`);
});

it('clients of one server cost it one connection per probe in each protocol', async () => {
  const stub = await startStub((socket) => {
    socket.on('data', (request) => {
      const binary = request[0] === 0x80;
      socket.write(binary ? Buffer.from(`810b${'00'.repeat(22)}`, 'hex') : 'VERSION 1.6.18\r\n');
    });
  });
  const clients = CACHE_CLIENTS.map(([provide, create]) => ({
    provide,
    useValue: create(stub.address).value,
  }));
  const app = await probedApp({ providers: [...clients, ...clients] });
  for (let probes = 1; probes <= 3; probes++) {
    expect(await app.names()).toHaveLength(CACHE_CLIENTS.length);
    expect(stub.accepted).toBe(2 * probes);
  }
  await until('the connections are closed', () => stub.open === 0);
});

describe('an object that resembles one of them', () => {
  it('has the name of its holder, and runs no getter', async () => {
    let ran = 0;
    const run = () => ++ran;
    @Injectable()
    class CacheService {
      readonly client = memjs(server.address);
      readonly opts = {};
      get = () => {};
      set = () => {};
      delete = () => {};
      clear = () => {};
      get formatKey() {
        return run();
      }
    }
    @Injectable()
    class Registry {
      readonly _store = new Memcache({ nodes: [server.address] });
      get get() {
        return run();
      }
    }
    const app = await probedApp({ providers: [CacheService, Registry] });
    expect(await app.names()).toEqual(['cache.CacheService.client', 'cache.Registry._store']);
    expect(ran).toBe(0);
  });

  it('ends nowhere', async () => {
    const endless: Record<string, unknown> = { get() {}, set() {}, delete() {}, clear() {} };
    endless['_store'] = endless;
    const app = await probedApp(providing(endless));
    expect(await app.fetchReadiness()).toBe('200 OK');
  });
});

describe('a server with TLS', () => {
  it('is not pinged, is degraded, and is logged at start-up', async () => {
    const client = new Memcache({ nodes: [server.address, `memcaches://${dead}`] });
    const app = await probedApp({ providers: [{ provide: 'CACHE', useValue: client }] });
    expect(await app.report()).toMatchObject({
      status: 200,
      body: {
        details: {
          'cache.CACHE': { status: 'degraded', message: 'not asked: the server takes TLS.' },
        },
      },
    });
    expect(app.logger.ofHealthModule).toContain(
      `warn cache.CACHE: ${dead} uses TLS, which the check does not support: its state is unknown.`,
    );
  });
});
