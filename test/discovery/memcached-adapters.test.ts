import Memcached from 'memcached';
import {
  type MemcachedClientAdapter,
  MemcachedHealthIndicator,
  ProbeService,
} from 'nestjs-healthz';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerVersion, startStub } from '../memcached/stub.js';
import { freePort, type MemcachedServer, startMemcached } from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';

const UNREACHABLE = 'cannot connect to cache.';

let server: MemcachedServer;
let dead: string;

beforeAll(async () => {
  server = await startMemcached();
  dead = `127.0.0.1:${await freePort()}`;
});
afterAll(() => server.dispose());

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
    expect(await up.fetchReadiness()).toBe('200 OK');

    const client = new OwnClient([server.address, dead]);
    const down = await probedApp({}, { memcached: { ...memcached, clients: { MINE: client } } });
    expect(await down.fetchReadiness()).toBe(`503 cache.MINE: ${UNREACHABLE}`);
    const answer = await down.app.get(MemcachedHealthIndicator).pingCheck('mine', { client });
    expect(answer.mine.status).toBe('down');
  });

  it("return the client's state of its servers, and its warnings", async () => {
    const memcached = {
      adapters: [{ ...adapter, stateOf: () => 'dead' as const, warnings: () => ['no retry.'] }],
    };
    const app = await probedApp({ providers: providers(server.address) }, { memcached });
    expect(await app.fetchReadiness()).toBe('503 cache.OWN: server given up by the client.');
    expect(app.logger.ofHealthModule).toContain('warn cache.OWN: no retry.');
  });

  it('may find other servers each time, of which at most 1 000 are kept', async () => {
    let last = 1;
    const wandering = { ...adapter, servers: () => [{ address: `127.0.0.1:${last++}` }] };
    const memcached = { adapters: [wandering] };
    const { app } = await probedApp({ providers: providers('') }, { memcached });
    for (let n = 0; n < 1_050; n++) await app.get(ProbeService).check('readiness');
    expect(last).toBeGreaterThan(1_050);
    const { pings } = app.get(MemcachedHealthIndicator) as unknown as {
      pings: Map<string, object>;
    };
    expect(pings.size).toBe(1_000);
  });

  it('share the pings of a client that is not found, too', async () => {
    const client = { servers: [await startStub(answerVersion), await startStub(answerVersion)] };
    const two: MemcachedClientAdapter<typeof client> = {
      matches: (value) => value === client,
      servers: ({ servers }) => servers.map(({ address }) => ({ address })),
    };
    const { app } = await probedApp(
      {},
      { freshMs: 60_000, memcached: { adapters: [two as MemcachedClientAdapter] } },
    );
    const indicator = app.get(MemcachedHealthIndicator);
    for (let n = 0; n < 5; n++) {
      expect(await indicator.pingCheck('own', { client })).toEqual({ own: { status: 'up' } });
    }
    expect(client.servers.map(({ accepted }) => accepted)).toEqual([1, 1]);
  });

  it('may have servers that are not pinged, which have a result at each probe too', async () => {
    const encrypted = { ...adapter, servers: () => [{ address: server.address, tls: true }] };
    const memcached = { adapters: [encrypted] };
    const app = await probedApp({ providers: providers('') }, { memcached });
    for (let n = 0; n < 3; n++) expect(await app.fetchReadiness()).toBe('200 OK');
    expect(app.app.get(ProbeService).history('cache.OWN')).toHaveLength(3);
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
    expect(await app.fetchReadiness()).toBe(`503 cache.CACHE: ${UNREACHABLE}`);
  });

  it.each<[string, Partial<MemcachedClientAdapter>, string]>([
    ['throws in matches', { matches: fail }, '200 OK'],
    ['throws in servers', { servers: fail }, '503 cache.OWN: check failed.'],
    ['throws in stateOf', { stateOf: fail }, '503 cache.OWN: check failed.'],
    ['throws in warnings', { warnings: fail }, '200 OK'],
    ['gives no list', { servers: () => undefined as never }, '503 cache.OWN: check failed.'],
    ['gives no address', { servers: () => [{} as never] }, `503 cache.OWN: ${UNREACHABLE}`],
    ['gives an unknown state', { stateOf: () => 'x' as never }, '503 cache.OWN: check failed.'],
    [
      'gives an unknown protocol',
      { servers: () => [{ address: server.address, protocol: 'x' as never }] },
      `503 cache.OWN: ${UNREACHABLE}`,
    ],
  ])('break nothing else when one %s', async (_, broken, says) => {
    const memcached = { adapters: [{ ...adapter, ...broken } as MemcachedClientAdapter] };
    const app = await probedApp({ providers: providers(server.address) }, { memcached });
    expect(await app.fetchReadiness()).toBe(says);
    expect(await app.fetchReadiness()).toBe(says);
  });
});

function fail(): never {
  throw new Error('the adapter is broken');
}
