import { inspect } from 'node:util';
import Memcached from 'memcached';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  freePort,
  type MemcachedServer,
  startMemcached,
  startProxy,
  until,
} from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';
import { answerVersion, startStub } from './stub.js';

const UNREACHABLE = 'cannot connect to cache.';

let one: MemcachedServer;
let other: MemcachedServer;

beforeAll(async () => {
  [one, other] = await Promise.all([startMemcached(), startMemcached()]);
});
afterAll(() => Promise.all([one.dispose(), other.dispose()]));

const provide = (name: string, useValue: Memcached) => ({ provide: name, useValue });

describe('a client of two servers', () => {
  it('is up when both are, in every shape the package takes them', async () => {
    const servers = [one.address, other.address];
    const app = await probedApp({
      providers: [
        provide('LIST', new Memcached(servers)),
        provide('WEIGHTED', new Memcached({ [one.address]: 1, [other.address]: 3 })),
      ],
    });
    expect(await app.fetchReadiness()).toBe('200 OK');
  });

  it('is down when one is, and up again when that one is', async () => {
    const client = new Memcached([one.address, other.address]);
    const app = await probedApp({ providers: [provide('SESSIONS', client)] });
    expect(await app.fetchReadiness()).toBe('200 OK');
    for (const server of [one, other]) {
      await server.stop();
      expect(await app.fetchReadiness()).toBe(`503 cache.SESSIONS: ${UNREACHABLE}`);
      await server.start();
      expect(await app.fetchReadiness()).toBe('200 OK');
    }
  });

  it('has one sentence when both are down', async () => {
    const servers = await Promise.all([freePort(), freePort()]);
    const client = new Memcached(servers.map((port) => `127.0.0.1:${port}`));
    const app = await probedApp({ providers: [provide('SESSIONS', client)] });
    expect(await app.fetchReadiness()).toBe(`503 cache.SESSIONS: ${UNREACHABLE}`);
  });

  it('has the sentence of the worse one: it hangs', async () => {
    const stub = await startStub(() => {});
    const client = new Memcached([one.address, stub.address]);
    const app = await probedApp({ providers: [provide('SESSIONS', client)] }, { timeoutMs: 100 });
    expect(await app.fetchReadiness()).toBe('503 cache.SESSIONS: no answer within 100 ms.');
  });

  it('is given no longer than readiness has', async () => {
    const stub = await startStub(() => {});
    const client = new Memcached(stub.address);
    const app = await probedApp(
      { providers: [provide('SESSIONS', client)] },
      { readiness: { timeoutMs: 100 }, memcached: { timeoutMs: 60_000 } },
    );
    expect(await app.fetchReadiness()).toBe('503 cache.SESSIONS: no answer within 100 ms.');
  });

  it('shows the address only with details: full', async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const clients = () => [provide('SESSIONS', new Memcached([one.address, dead]))];

    const full = await probedApp({ providers: clients() }, { details: 'full' });
    const servers = [
      { address: one.address, status: 'up' },
      {
        address: dead,
        status: 'down',
        message: UNREACHABLE,
        error: `${dead}: connect ECONNREFUSED ${dead}`,
      },
    ];
    const error = `${dead}: connect ECONNREFUSED ${dead}`;
    const seen = { status: 'down', message: UNREACHABLE, servers, error };
    expect((await full.report()).body.details).toEqual({ 'cache.SESSIONS': seen });

    const bare = await probedApp({ providers: clients() });
    const { status, body } = await bare.report();
    expect(status).toBe(503);
    expect(body.details).toEqual({
      'cache.SESSIONS': { status: 'down', message: UNREACHABLE },
    });
    expect(JSON.stringify(body)).not.toContain('127.0.0.1');
    expect(await bare.fetchReadiness()).not.toContain('127.0.0.1');
    // The log is for insiders too.
    expect(bare.logger.ofHealthModule).toContain(
      `warn cache.SESSIONS: ${UNREACHABLE} ${dead}: connect ECONNREFUSED ${dead}`,
    );
  });
});

describe('a client the module must not know better than', () => {
  it.each(['/tmp/nestjs-healthz-none.sock', '[::1]:1', '127.0.0.1:70000'])(
    'is down with servers that do not work in the client either: %s',
    async (server) => {
      const app = await probedApp({ providers: [provide('C', new Memcached(server))] });
      expect(await app.fetchReadiness()).toBe(`503 cache.C: ${UNREACHABLE}`);
    },
  );
});

describe('several clients of one server', () => {
  it('cost it one connection per probe, which is closed', async () => {
    const stub = await startStub(answerVersion);
    const names = ['A', 'B', 'C', 'D', 'E'];
    const app = await probedApp({
      providers: names.map((name) => provide(name, new Memcached(stub.address))),
    });
    for (let probes = 1; probes <= 3; probes++) {
      expect(await app.names()).toEqual(names.map((name) => `cache.${name}`));
      expect(stub.accepted).toBe(probes);
    }
    await until('the connections are closed', () => stub.open === 0);
  });

  it('share a result that is fresh', async () => {
    const stub = await startStub(answerVersion);
    const providers = [provide('A', new Memcached(stub.address))];
    const app = await probedApp({ providers }, { freshMs: 60_000 });
    for (let n = 0; n < 10; n++) expect(await app.fetchReadiness()).toBe('200 OK');
    expect(stub.accepted).toBe(1);
  });

  it('are down together, each by its name', async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const app = await probedApp({
      providers: [
        provide('A', new Memcached(dead)),
        provide('B', new Memcached([dead, one.address])),
        provide('C', new Memcached(one.address)),
      ],
    });
    expect(await app.fetchReadiness()).toBe(`503 cache.A: ${UNREACHABLE}\ncache.B: ${UNREACHABLE}`);
  });
});

/** All there is in a client. */
const snapshot = (client: Memcached) =>
  inspect(client, { depth: 8, showHidden: true, maxArrayLength: null, breakLength: Infinity });

describe("the app's own client", () => {
  const METHODS = ['command', 'connect', 'connectionIssue', 'version', 'stats', 'end'] as const;

  const watched = (server: string) => {
    // Given up at the first failure, without a timer to forget that: nothing changes by itself.
    const client = new Memcached(server, { retries: 0, timeout: 1_000, failures: 0 });
    const calls = METHODS.map((name) => vi.spyOn(client as Record<string, any>, name));
    const called = () => calls.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    return { client, called };
  };

  it('is neither called nor changed by probes of a healthy server', async () => {
    const { client, called } = watched(one.address);
    const app = await probedApp({ providers: [provide('CACHE', client)] });
    const before = snapshot(client);
    for (let n = 0; n < 50; n++) expect(await app.fetchReadiness()).toBe('200 OK');
    expect(called()).toBe(0);
    expect(snapshot(client)).toBe(before);
  });

  it('is neither called nor changed by 50 probes of a dead server', async () => {
    const { client, called } = watched(`127.0.0.1:${await freePort()}`);
    const app = await probedApp({ providers: [provide('CACHE', client)] });
    const before = snapshot(client);
    for (let n = 0; n < 50; n++)
      expect(await app.fetchReadiness()).toBe(`503 cache.CACHE: ${UNREACHABLE}`);
    expect(called()).toBe(0);
    expect(snapshot(client)).toBe(before);
  });

  it('is neither called nor changed by probes of a server that hangs', async () => {
    const proxy = await startProxy(one.port);
    proxy.mode = 'stall';
    try {
      const { client, called } = watched(`127.0.0.1:${proxy.port}`);
      const app = await probedApp({ providers: [provide('CACHE', client)] }, { timeoutMs: 20 });
      const before = snapshot(client);
      for (let n = 0; n < 10; n++) {
        expect(await app.fetchReadiness()).toBe('503 cache.CACHE: no answer within 20 ms.');
      }
      expect(called()).toBe(0);
      expect(snapshot(client)).toBe(before);
      await until('the sockets are gone', () => proxy.connections === 0);
    } finally {
      await proxy.close();
    }
  });

  it("keeps the client's own state of a dead server", async () => {
    const { client, called } = watched(`127.0.0.1:${await freePort()}`);
    await new Promise((resolve) => client.get('key', resolve));
    expect(Object.keys((client as unknown as { issues: object }).issues)).toHaveLength(1);
    const own = called();
    const app = await probedApp({ providers: [provide('CACHE', client)] });
    const before = snapshot(client);
    for (let n = 0; n < 50; n++)
      expect(await app.fetchReadiness()).toBe(`503 cache.CACHE: ${UNREACHABLE}`);
    expect(called()).toBe(own);
    expect(snapshot(client)).toBe(before);
  });
});
