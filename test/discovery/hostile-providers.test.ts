import { type FactoryProvider, Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { moduleOf } from '../support/app.js';
import { probedApp } from '../support/probed-app.js';
import { connectedAs, unconnected } from './memory-data-source.js';

// What Nest itself looks at of every provider, and a proxy that is to be one has to bear.
const ASKED_BY_NEST =
  /^(then|constructor|onModule.*|onApplication.*|beforeApplicationShutdown|.*InterceptorIn.*)$/;

const TRAPS = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'] as const;
type Trap = (typeof TRAPS)[number];

/** A proxy as request contexts have it: what is behind it is not there outside of a request. */
function unresolved(...traps: Trap[]): object {
  const refuse = (trap: Trap) => (target: object, key: unknown) => {
    if (trap === 'get' && (typeof key === 'symbol' || ASKED_BY_NEST.test(String(key)))) {
      return Reflect.get(target, key as string) as unknown;
    }
    throw new Error(`${trap}: not within a request`);
  };
  return new Proxy({}, Object.fromEntries(traps.map((trap) => [trap, refuse(trap)])));
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** A healthy DataSource has to be found beside it. */
async function namesBeside(...providers: object[]): Promise<string[]> {
  const app = await probedApp({
    providers: [...(providers as FactoryProvider[]), connectedAs(DataSource)],
  });
  expect(await app.fetchReadiness()).toBe('200 OK');
  return app.names();
}

const held = (value: unknown) => ({ provide: 'HOLDER', useFactory: () => ({ held: value }) });

describe('a provider that throws at a look', () => {
  it.each(TRAPS)('in its trap %s is skipped', async (trap) => {
    const provider = { provide: 'PROXY', useFactory: () => unresolved(trap) };
    expect(await namesBeside(provider)).toEqual(['db.default']);
  });

  it('in every trap is skipped', async () => {
    const provider = { provide: 'PROXY', useFactory: () => unresolved(...TRAPS) };
    expect(await namesBeside(provider)).toEqual(['db.default']);
  });
});

it('a Map and an array are searched, whatever their own entries() returns', async () => {
  class OddMap extends Map<string, unknown> {
    override entries = (() => Promise.resolve()) as never;
  }
  class OddArray extends Array<unknown> {
    override entries = (() => undefined) as never;
  }
  const odd = { map: new OddMap([['x', unconnected()]]), array: OddArray.of(unconnected()) };
  const app = await probedApp({ providers: [{ provide: 'HOLDER', useValue: odd }] });
  expect(await app.names()).toEqual(['db.HOLDER.array.0', 'db.HOLDER.map.x']);
});

describe('a value held by a service that throws at a look', () => {
  it.each<[string, () => unknown]>([
    ...TRAPS.map((trap): [string, () => unknown] => [
      `a proxy, in its trap ${trap}`,
      () => unresolved(trap),
    ]),
    ['a proxy, in every trap', () => unresolved(...TRAPS)],
    ['a revoked proxy', revoked],
    ['a proxy of a Map', () => new Proxy(new Map([['key', {}]]), {})],
    ['a proxy of an array', () => new Proxy([{}], {})],
    ['a Map whose keys have no name', () => new Map([[Object.create(null) as object, {}]])],
    ['a Map whose keys throw', () => new Map([[revoked(), {}]])],
    ['a list of revoked proxies', () => [revoked()]],
  ])('is skipped: %s', async (_, make) => {
    expect(await namesBeside(held(make()))).toEqual(['db.default']);
  });

  it('is skipped when it is there after boot only', async () => {
    const holder: { held?: unknown } = {};
    const app = await probedApp({
      providers: [connectedAs(DataSource), { provide: 'HOLDER', useValue: holder }],
    });
    expect(await app.fetchReadiness()).toBe('200 OK');

    holder.held = new Proxy(new Map(), {});
    const late = { provide: 'lateDataSource', useFactory: unconnected };
    await app.app.get(LazyModuleLoader).load(() => moduleOf({ providers: [late] }));
    expect(await app.fetchReadiness()).toBe('503 db.late: not connected yet.');
  });
});

describe('getters', () => {
  it('are not run, be they own ones or inherited', async () => {
    const ran: string[] = [];
    @Injectable()
    class Service {
      constructor() {
        // Not enumerable: those Nest's own microservices module reads.
        Object.defineProperty(this, 'own', { get: () => ran.push('own') });
      }

      get inherited(): unknown {
        return ran.push('inherited');
      }
    }
    expect(await namesBeside(Service)).toEqual(['db.default']);
    expect(ran).toEqual([]);
  });

  it('are not run either when they are called as something of a client is', async () => {
    const ran: string[] = [];
    @Injectable()
    class Registry {
      get servers(): string[] {
        ran.push('servers');
        return [];
      }

      get connections(): object {
        ran.push('connections');
        return {};
      }
    }
    expect(await namesBeside(Registry, held(new Registry()))).toEqual(['db.default']);
    expect(ran).toEqual([]);
  });

  it('that throw break nothing', async () => {
    @Injectable()
    class Service {
      get servers(): never {
        throw new Error('not configured');
      }
    }
    expect(await namesBeside(Service)).toEqual(['db.default']);
  });
});
