import { inspect } from 'node:util';
import { Memcache } from 'memcache';
import { MemcacheClient } from 'memcache-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  freePort,
  type MemcachedServer,
  startMemcached,
  startSaslMemcached,
  until,
} from '../servers/index.js';
import { CACHE_CLIENTS, type CacheClient, memcachePlus, memjs } from '../support/cache-clients.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';

const TIMEOUT_MS = 700;
const OK = '200 OK';
const UNREACHABLE = '503 cache.CACHE: cannot connect to cache.';
const LATE = `503 cache.CACHE: no answer within ${TIMEOUT_MS} ms.`;

/** A server for one test. */
async function aServer<Server extends MemcachedServer>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  onTestFinished(() => server.dispose());
  return server;
}

const probe = (value: object): Promise<ProbedApp> =>
  probedApp({ providers: [{ provide: 'CACHE', useValue: value }] }, { timeoutMs: TIMEOUT_MS });

/** What all of many probes say, in a row and at once. */
async function allSay(app: ProbedApp): Promise<string> {
  const said = new Set([
    await app.fetchReadiness(),
    await app.fetchReadiness(),
    await app.fetchReadiness(),
  ]);
  for (const each of await Promise.all(Array.from({ length: 30 }, () => app.fetchReadiness()))) {
    said.add(each);
  }
  return [...said].join(' | ');
}

const writes = ({ write }: CacheClient) => write('key').catch(() => false);

const socketsHere = () =>
  process.getActiveResourcesInfo().filter((type) => /TCP|Pipe/.test(type)).length;

/** All there is in a client. */
const snapshot = (value: object) =>
  inspect(value, { depth: 8, showHidden: true, maxArrayLength: null, breakLength: Infinity });

describe.each(CACHE_CLIENTS)('%s', (_, create) => {
  it('reports a server that stops, starts, is suspended and resumes, and its client does not change', async () => {
    const server = await aServer(startMemcached());
    const before = socketsHere();
    const client = create(server.address);
    expect(await writes(client)).toBe(true);
    const app = await probe(client.value);
    expect(await allSay(app)).toBe(OK);

    await server.stop();
    expect(await allSay(app)).toBe(UNREACHABLE);
    expect(await writes(client)).toBe(false);
    const idle = socketsHere();
    await server.start();
    expect(await allSay(app)).toBe(OK);
    expect(await writes(client)).toBe(true);

    await server.suspend();
    expect(await allSay(app)).toBe(LATE);
    expect(await writes(client)).toBe(false);
    server.resume();
    await until('it is up', async () => (await app.fetchReadiness()) === OK);
    // memjs by itself loses a write for ever, and its connection, when those it has given up close
    // while it opens the next one.
    await until(
      'the connections that were given up are closed',
      async () => (await server.currConnections()) === 0 && socketsHere() <= idle,
    );
    expect(await writes(client)).toBe(true);

    await until('only the client is connected', async () => (await server.currConnections()) === 1);
    await app.app.close();
    client.end();
    await until('no socket is left', () => socketsHere() <= before);
  });

  it('is neither called nor changed by probes', async () => {
    const server = await aServer(startMemcached());
    const dead = `127.0.0.1:${await freePort()}`;
    for (const [address, expected] of [
      [server.address, OK],
      [dead, UNREACHABLE],
    ] as const) {
      const { value } = create(address);
      const app = await probe(value);
      const before = snapshot(value);
      expect(await allSay(app)).toBe(expected);
      expect(snapshot(value)).toBe(before);
    }
  });
});

describe('memcache-plus', () => {
  it('is suspended until it dials again once its server is back', async () => {
    const server = await aServer(startMemcached());
    const before = socketsHere();
    const client = memcachePlus(server.address);
    expect(await writes(client)).toBe(true);
    const app = await probe(client.value);
    expect(await allSay(app)).toBe(OK);

    await server.stop();
    // Each failure doubles the time until the client dials again.
    await until('the client waits', () => client.waitMs() >= 640);
    expect(await allSay(app)).toBe(UNREACHABLE);
    await server.start();
    expect(await app.fetchReadiness()).toBe('503 cache.CACHE: server suspended by the client.');
    await until('the client is back', async () => (await app.fetchReadiness()) === OK);
    expect(await writes(client)).toBe(true);

    await server.suspend();
    expect(await allSay(app)).toBe(LATE);
    server.resume();
    await until('it is up', async () => (await app.fetchReadiness()) === OK);
    await until('only the client is connected', async () => {
      return (await server.currConnections()) === 1;
    });
    expect(await writes(client)).toBe(true);
    await app.app.close();
    client.end();
    await until('no socket is left', () => socketsHere() <= before);
  });

  it('is suspended when one connection of its pool is lost', async () => {
    const server = await aServer(startMemcached());
    const client = memcachePlus(server.address, { poolSize: 2 });
    onTestFinished(() => client.end());
    const app = await probe(client.value);
    await until('it is connected', async () => (await server.currConnections()) === 2);
    expect(await app.fetchReadiness()).toBe(OK);
    const [one] = Object.values(client.value.connections)[0]!.pool!;
    Object.assign(one!, { ready: false, backoff: 20 });
    expect(await app.fetchReadiness()).toBe('503 cache.CACHE: server suspended by the client.');
  });
});

describe('memcache-client with two servers', () => {
  it('is degraded while it passes one over', async () => {
    const servers = [await aServer(startMemcached()), await aServer(startMemcached())] as const;
    const client = new MemcacheClient({
      server: {
        servers: servers.map(({ address }) => ({ server: address, maxConnections: 1 })),
        config: { failedServerOutTime: 2_000, retryFailedServerInterval: 100 },
      },
      cmdTimeout: 500,
    });
    onTestFinished(() => client.shutdown());
    const write = async () => {
      for (let n = 0; n < 20; n++) await client.set(`key-${n}`, 'value', { lifetime: 10 });
    };
    const app = await probe(client);
    await write();
    expect(await app.fetchReadiness()).toBe(OK);
    await servers[0].stop();
    await write();
    expect(await app.report()).toMatchObject(DEGRADED);
    await servers[0].start();
    // It answers, and the client passes it over.
    expect(await app.report()).toMatchObject(DEGRADED);
    await until('it is used again', async () => {
      const { body } = await app.report();
      return body.details['cache.CACHE']?.status === 'up';
    });
    await write();
    await servers[0].stop();
    await servers[1].stop();
    expect(await app.fetchReadiness()).toBe(UNREACHABLE);
  });
});

/** The report while another server of the client stands in. */
const DEGRADED = {
  status: 200,
  body: {
    details: {
      'cache.CACHE': { status: 'degraded', message: 'server replaced by a failover server.' },
    },
  },
};

describe('memjs with failover', () => {
  const FAILOVER_S = 2;

  async function twoServers() {
    const servers = [await aServer(startMemcached()), await aServer(startMemcached())] as const;
    const client = memjs(servers.map(({ address }) => address).join(), {
      failover: true,
      failoverTime: FAILOVER_S,
      timeout: 0.2,
    });
    onTestFinished(() => client.close());
    /** Writes keys that spread over both. */
    const write = async () => {
      for (let n = 0; n < 10; n++) await client.set(`key-${n}`, 'value', { expires: 10 });
    };
    await write();
    return { servers, client, write };
  }

  it.each([
    [
      'stopped',
      (server: MemcachedServer) => server.stop(),
      (server: MemcachedServer) => server.start(),
    ],
    [
      'suspended',
      (server: MemcachedServer) => server.suspend(),
      async (server: MemcachedServer) => server.resume(),
    ],
  ])('is degraded while one server is %s, and until it is used again', async (_, take, give) => {
    const { servers, client, write } = await twoServers();
    const app = await probe(client);
    expect(await app.fetchReadiness()).toBe(OK);

    await take(servers[0]);
    // Before the client has noticed: it would use the other one.
    expect(await app.report()).toMatchObject(DEGRADED);
    await write();
    expect(await app.report()).toMatchObject(DEGRADED);

    await give(servers[0]);
    await write();
    // It answers, and the client passes it over.
    expect(await app.report()).toMatchObject(DEGRADED);
    await until('it is used again', async () => {
      const { body } = await app.report();
      return body.details['cache.CACHE']?.status === 'up';
    });
    await write();
    await servers[1].stop();
    expect(await app.report()).toMatchObject(DEGRADED);
    await servers[0].stop();
    expect(await app.fetchReadiness()).toBe(UNREACHABLE);
  });

  it('is down while it passes over all it has', async () => {
    const server = await aServer(startMemcached());
    const options = { failover: true, failoverTime: FAILOVER_S };
    const client = memjs(server.address, options);
    onTestFinished(() => client.close());
    const app = await probe(client);
    await server.stop();
    const set = () => client.set('key', 'value', {});
    await expect(set()).rejects.toThrow('No servers available');
    expect(await app.fetchReadiness()).toBe(UNREACHABLE);

    await server.start();
    await expect(set()).rejects.toThrow('No servers available');
    expect(await app.fetchReadiness()).toBe('503 cache.CACHE: server suspended by the client.');
    await until('it is used again', async () => (await app.fetchReadiness()) === OK);
    expect(await set()).toBe(true);
  });
});

it('memjs without failover is down with one of two servers, and tries it each time', async () => {
  const [one, other] = [await aServer(startMemcached()), await aServer(startMemcached())];
  const client = memjs(`${one.address},${other.address}`);
  onTestFinished(() => client.close());
  const app = await probe(client);
  await one.stop();
  await Promise.allSettled(Array.from({ length: 10 }, (_, n) => client.get(`key-${n}`)));
  expect(await app.fetchReadiness()).toBe(UNREACHABLE);
  await one.start();
  expect(await app.fetchReadiness()).toBe(OK);
});

describe('a server that wants a user and a password', () => {
  it('is pinged without them, and the client goes on with them', async () => {
    const server = await aServer(startSaslMemcached());
    const { username, password } = server;
    const client = memjs(`${username}:${password}@${server.address}`);
    onTestFinished(() => client.close());
    const app = await probe(client);
    expect(await client.set('key', 'value', {})).toBe(true);
    expect(await app.fetchReadiness()).toBe(OK);
    await server.stop();
    const { body } = await app.report();
    expect(body.details['cache.CACHE']?.status).toBe('down');
    expect(JSON.stringify([body, app.logger.ofHealthModule])).not.toContain(password);
    await server.start();
    expect(await app.fetchReadiness()).toBe(OK);
    expect(await client.set('key', 'value', {})).toBe(true);
  });

  it('is pinged in binary for a client of memcache too', async () => {
    const server = await aServer(startSaslMemcached());
    const { username, password } = server;
    const client = new Memcache({ nodes: [server.address], sasl: { username, password } });
    onTestFinished(() => client.disconnect());
    const app = await probe(client);
    await client.connect();
    // Its get and set are sent as text, which such a server does not answer.
    const [node] = client.nodes;
    expect(await node!.binarySet('key', 'value')).toBe(true);
    expect(await app.fetchReadiness()).toBe(OK);
    await server.suspend();
    expect(await app.fetchReadiness()).toBe(LATE);
    server.resume();
    await until('it is up', async () => (await app.fetchReadiness()) === OK);
    expect(await node!.binaryGet('key')).toBe('value');
  });

  // The price of a probe that needs no password.
  it('is up for a client with the wrong one', async () => {
    const server = await aServer(startSaslMemcached());
    const client = memjs(server.address, { username: server.username, password: 'wrong' });
    onTestFinished(() => client.close());
    await expect(client.set('key', 'value', {})).rejects.toBeDefined();
    expect(await (await probe(client)).fetchReadiness()).toBe(OK);
  });
});
