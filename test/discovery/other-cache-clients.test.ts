import { KeyvMemcache } from '@keyv/memcache';
import { Injectable } from '@nestjs/common';
import { CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
import { Keyv } from 'keyv';
import { Memcache } from 'memcache';
import Memcached from 'memcached';
import { MemcachedHealthIndicator, type MemcachedClientAdapter } from 'nestjs-healthz';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, type MemcachedServer, startMemcached } from '../servers/index.js';
import { CACHE_CLIENTS, memjs } from '../support/cache-clients.js';
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

describe.each(CACHE_CLIENTS)('%s', (_, create) => {
  it('is found as a provider', async () => {
    const up = await probedApp(providing(create(server.address).value));
    expect(await up.names()).toEqual(['cache.SESSIONS']);
    expect(await up.says()).toBe('200 OK');
    const down = await probedApp(providing(create(dead).value));
    expect(await down.says()).toBe(`503 cache.SESSIONS: ${UNREACHABLE}`);
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
    expect(await app.says()).toBe('200 OK');
  });

  it('can be given by name, and asked in code', async () => {
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
      expect(await app.says()).toBe(`503 cache.${String(CACHE_MANAGER)}: ${UNREACHABLE}`);
    }
  });

  it('has a check for each of its memcached stores, and none for its memory', async () => {
    const stores = [
      new Keyv(),
      new Keyv({ store: new KeyvMemcache(server.address) }),
      new Keyv({ store: new KeyvMemcache(dead) }),
    ];
    const app = await probedApp({ imports: [CacheModule.register({ stores })] });
    expect(await app.names()).toEqual(['cache.CACHE_MANAGER', 'cache.CACHE_MANAGER#2']);
    expect(await app.says()).toBe(`503 cache.CACHE_MANAGER#2: ${UNREACHABLE}`);
  });

  it('with memory alone is not checked', async () => {
    const app = await probedApp({ imports: [CacheModule.register()] });
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

describe('what only looks like one of them', () => {
  it('is called as what holds the client, and no getter is run', async () => {
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
    expect(await app.says()).toBe('200 OK');
  });
});

describe('a server with TLS', () => {
  it('is not asked, which is degraded and said at boot', async () => {
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
      `warn cache.CACHE: ${dead} takes TLS, which the probe does not speak: ` +
        'whether it answers is not known.',
    );
  });
});

describe('memcached.adapters', () => {
  class OwnClient {
    constructor(readonly hosts: string[]) {}
  }
  const adapter: MemcachedClientAdapter<OwnClient> = {
    matches: (value) => value instanceof OwnClient,
    servers: ({ hosts }) => hosts.map((address) => ({ address })),
  };
  const providers = (...hosts: string[]) => [{ provide: 'OWN', useValue: new OwnClient(hosts) }];

  it('make clients of other packages known: to discovery, by name and in code', async () => {
    const memcached = { adapters: [adapter] };
    const up = await probedApp({ providers: providers(server.address) }, { memcached });
    expect(await up.names()).toEqual(['cache.OWN']);
    expect(await up.says()).toBe('200 OK');

    const client = new OwnClient([server.address, dead]);
    const down = await probedApp({}, { memcached: { ...memcached, clients: { MINE: client } } });
    expect(await down.says()).toBe(`503 cache.MINE: ${UNREACHABLE}`);
    const answer = await down.app.get(MemcachedHealthIndicator).pingCheck('mine', { client });
    expect(answer.mine.status).toBe('down');
  });

  it('say what the client makes of its servers, and what to warn of', async () => {
    const memcached = {
      adapters: [{ ...adapter, stateOf: () => 'dead' as const, hazards: () => ['no retry.'] }],
    };
    const app = await probedApp({ providers: providers(server.address) }, { memcached });
    expect(await app.says()).toBe('503 cache.OWN: server given up by the client.');
    expect(app.logger.ofHealthModule).toContain('warn cache.OWN: no retry.');
  });

  it('come before those of the module', async () => {
    const memcached = {
      adapters: [
        {
          matches: (value: object) => value instanceof Memcached,
          servers: () => [{ address: dead }],
        },
      ],
    };
    const client = { provide: 'CACHE', useValue: new Memcached(server.address) };
    const app = await probedApp({ providers: [client] }, { memcached });
    expect(await app.says()).toBe(`503 cache.CACHE: ${UNREACHABLE}`);
  });

  it.each<[string, Partial<MemcachedClientAdapter>, string]>([
    ['throws in matches', { matches: fail }, '200 OK'],
    ['throws in servers', { servers: fail }, '503 cache.OWN: check failed.'],
    ['throws in stateOf', { stateOf: fail }, '503 cache.OWN: check failed.'],
    ['throws in hazards', { hazards: fail }, '200 OK'],
    ['gives no list', { servers: () => undefined as never }, '503 cache.OWN: check failed.'],
    ['gives no address', { servers: () => [{} as never] }, `503 cache.OWN: ${UNREACHABLE}`],
    ['gives an unknown state', { stateOf: () => 'x' as never }, '503 cache.OWN: check failed.'],
    [
      'gives an unknown dialect',
      { servers: () => [{ address: server.address, dialect: 'x' as never }] },
      `503 cache.OWN: ${UNREACHABLE}`,
    ],
  ])('break nothing else when one %s', async (_, broken, says) => {
    const memcached = { adapters: [{ ...adapter, ...broken } as MemcachedClientAdapter] };
    const app = await probedApp({ providers: providers(server.address) }, { memcached });
    expect(await app.says()).toBe(says);
    expect(await app.says()).toBe(says);
  });
});

function fail(): never {
  throw new Error('the adapter is broken');
}
