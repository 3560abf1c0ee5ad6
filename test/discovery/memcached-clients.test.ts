import { Injectable, type ModuleMetadata } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import Memcached from 'memcached';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MemcachedServer, startMemcached, until } from '../servers/index.js';
import { moduleOf } from '../support/app.js';
import { probedApp } from '../support/probed-app.js';

let server: MemcachedServer;
let address: string;

beforeAll(async () => {
  server = await startMemcached();
  ({ address } = server);
});
afterAll(() => server.dispose());

const client = () => new Memcached(address);
const providing = (useValue: unknown): ModuleMetadata => ({
  providers: [{ provide: 'CACHES', useValue }],
});

describe('as a provider', () => {
  class Sessions extends Memcached {}

  it.each([
    ['a string', 'SESSIONS', 'cache.SESSIONS'],
    ['a symbol', Symbol('SESSIONS'), 'cache.SESSIONS'],
    ['its class', Memcached, 'cache.Client'],
    ['a class of the app', Sessions, 'cache.Sessions'],
  ])('is found by %s as the token', async (_, provide, name) => {
    for (const provider of [
      { provide, useValue: client() },
      { provide, useFactory: async () => client() },
    ]) {
      const app = await probedApp({ providers: [provider] });
      expect(await app.names()).toEqual([name]);
      expect(await app.fetchReadiness()).toBe('200 OK');
    }
  });

  it('is found in every form the package takes servers in', async () => {
    const app = await probedApp({
      providers: [
        { provide: 'ONE', useValue: new Memcached(address) },
        { provide: 'LIST', useValue: new Memcached([address]) },
        { provide: 'WEIGHTED', useValue: new Memcached({ [address]: 2 }) },
        { provide: 'SUBCLASS', useValue: new Sessions(address) },
      ],
    });
    expect(await app.names()).toEqual([
      'cache.LIST',
      'cache.ONE',
      'cache.SUBCLASS',
      'cache.WEIGHTED',
    ]);
    expect(await app.fetchReadiness()).toBe('200 OK');
  });

  it('is checked once, under the name of the original, with aliases', async () => {
    const providers = [
      { provide: 'ALIAS', useExisting: 'SESSIONS' },
      { provide: 'SESSIONS', useFactory: client },
    ];
    expect(await (await probedApp({ providers })).names()).toEqual(['cache.SESSIONS']);
  });

  it('gets a suffix when its name is taken', async () => {
    const one = { provide: 'SESSIONS', useValue: client() };
    const other = { provide: 'SESSIONS', useValue: new Memcached('127.0.0.1:1') };
    const app = await probedApp({
      imports: [moduleOf({ providers: [one] }), moduleOf({ providers: [other] })],
    });
    expect(await app.fetchReadiness()).toBe('503 cache.SESSIONS#2: cannot connect to cache.');
    await app.app.get(LazyModuleLoader).load(() => moduleOf({ providers: [one, other] }));
    expect(await app.names()).toEqual(['cache.SESSIONS', 'cache.SESSIONS#2']);
  });
});

describe('held by a provider', () => {
  it.each<[string, () => ModuleMetadata, string[]]>([
    ['an array', () => providing([client(), client()]), ['cache.CACHES.0', 'cache.CACHES.1']],
    ['a Map', () => providing(new Map([['sessions', client()]])), ['cache.CACHES.sessions']],
    ['a plain object', () => providing({ sessions: client() }), ['cache.CACHES.sessions']],
    [
      'an object without a prototype',
      () => providing(Object.assign(Object.create(null), { sessions: client() })),
      ['cache.CACHES.sessions'],
    ],
    [
      'a list in a plain object',
      () => providing({ shards: [client(), client()] }),
      ['cache.CACHES.shards.0', 'cache.CACHES.shards.1'],
    ],
    [
      'a Map by address, which is told nobody',
      () =>
        providing(
          new Map([
            ['10.0.0.5:11211', client()],
            ['cache.local', client()],
          ]),
        ),
      ['cache.CACHES.0', 'cache.CACHES.1'],
    ],
    [
      'a plain object by address, which is told nobody',
      () => providing({ '10.0.0.5:11211': client() }),
      ['cache.CACHES.0'],
    ],
    ['a Map in an array', () => providing([new Map([['a', client()]])]), ['cache.CACHES.0.a']],
  ])('is found in %s', async (_, metadata, names) => {
    const app = await probedApp(metadata());
    expect(await app.names()).toEqual(names);
    expect(await app.fetchReadiness()).toBe('200 OK');
  });

  it('is found in fields of services, and in the containers in these fields', async () => {
    @Injectable()
    class CacheService {
      readonly client = client();
      protected readonly shards = [client()];
      readonly byTenant = new Map([['acme', client()]]);
      readonly named = { sessions: client() };
      // The module must not need it to be enumerable.
      constructor() {
        Object.defineProperty(this, 'hidden', { value: client() });
      }
    }
    const app = await probedApp({ providers: [CacheService] });
    expect(await app.names()).toEqual([
      'cache.CacheService.byTenant.acme',
      'cache.CacheService.client',
      'cache.CacheService.hidden',
      'cache.CacheService.named.sessions',
      'cache.CacheService.shards.0',
    ]);
  });

  it('is found when the field is filled in later', async () => {
    @Injectable()
    class LazyService {
      client?: Memcached;
    }
    const app = await probedApp({ providers: [LazyService] });
    expect(await app.names()).toEqual([]);
    app.app.get(LazyService).client = client();
    await until('it is found', async () =>
      (await app.names()).includes('cache.LazyService.client'),
    );
  });

  it('is not searched behind getters, in other instances, or in private fields', async () => {
    let ran = 0;
    class Driver {
      readonly client = client();
    }
    @Injectable()
    class CacheService {
      readonly #client = client();
      readonly driver = new Driver();
      readonly #ran = () => this.#client;
      get client() {
        ran++;
        return this.#ran();
      }
    }
    const app = await probedApp({ providers: [CacheService] });
    expect(await app.names()).toEqual([]);
    expect(ran).toBe(0);
  });

  it('keeps its name, and stays optional, when its holder makes a new one', async () => {
    @Injectable()
    class CacheService {
      client = client();
    }
    const app = await probedApp(
      { providers: [CacheService] },
      { memcached: { optional: ['CacheService.client'] } },
    );
    const statesOf = async () => {
      const { status, body } = await app.report();
      return [
        status,
        ...Object.entries(body.details).map(([name, its]) => `${name} ${its.status}`),
      ];
    };
    expect(await statesOf()).toEqual([200, 'cache.CacheService.client up']);
    app.app.get(CacheService).client = new Memcached('127.0.0.1:1');
    await expect
      .poll(statesOf, { timeout: 15_000 })
      .toEqual([200, 'cache.CacheService.client degraded']);
  });

  it('does not make the app list the keys of a big object more than once', async () => {
    let lists = 0;
    let reads = 0;
    const big = new Proxy(
      Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, n])),
      {
        ownKeys(target) {
          lists++;
          return Reflect.ownKeys(target);
        },
        getOwnPropertyDescriptor(target, key) {
          if (String(key).startsWith('k')) reads++;
          return Reflect.getOwnPropertyDescriptor(target, key);
        },
      },
    );
    @Injectable()
    class CacheService {
      readonly big = big;
      later?: Memcached;
    }
    const app = await probedApp({ providers: [CacheService] });
    app.app.get(CacheService).later = client();
    await until('the app was searched again', async () =>
      (await app.names()).includes('cache.CacheService.later'),
    );
    expect(reads).toBe(0);
    expect(lists).toBe(1);
    expect(app.logger.ofHealthModule).toContain(
      'warn CacheService.big holds more than 10000 entries: the rest is not searched for DataSources and clients.',
    );
  });

  it('is found as the 9 000th of a Map or a provider, and a bigger Map is searched in part', async () => {
    const entries = Array.from({ length: 12_000 }, (_, n) => [`k${n}`, {}] as [string, object]);
    entries[9_000] = ['found', client()];
    entries[11_000] = ['lost', client()];
    const fields = Object.fromEntries(entries.slice(0, 9_500));
    const app = await probedApp(providing(new Map(entries)), {});
    expect(await app.names()).toEqual(['cache.CACHES.found']);
    expect(app.logger.ofHealthModule).toContain(
      'warn CACHES holds more than 10000 entries: the rest is not searched for DataSources and clients.',
    );
    const other = await probedApp(providing(fields));
    expect(await other.names()).toEqual(['cache.CACHES.found']);
  });
});

describe('one client in several places', () => {
  it('is checked once, and called as it is provided, not as it is held', async () => {
    const one = client();
    @Injectable()
    class ACacheService {
      readonly first = one;
      readonly second = [one];
    }
    const app = await probedApp({
      providers: [ACacheService, { provide: 'SESSIONS', useValue: one }],
    });
    expect(await app.names()).toEqual(['cache.SESSIONS']);
  });

  it('is checked once when only services hold it', async () => {
    const one = client();
    @Injectable()
    class A {
      readonly client = one;
    }
    @Injectable()
    class B {
      readonly client = one;
    }
    expect(await (await probedApp({ providers: [A, B] })).names()).toEqual(['cache.A.client']);
  });
});
