import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Memcached from 'memcached';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type MemcachedServer, startMemcached, until } from '../servers/index.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';

const TIMEOUT_MS = 500;

/** A server for one test. */
async function aServer(...given: Parameters<typeof startMemcached>): Promise<MemcachedServer> {
  const server = await startMemcached(...given);
  onTestFinished(() => server.dispose());
  return server;
}

interface Used {
  client: Memcached;
  probed: ProbedApp;
  /** Writes keys that spread over all servers; resolves with how many were stored. */
  write(): Promise<number>;
}

async function use(servers: string[], options: Memcached.options = {}): Promise<Used> {
  const client = new Memcached(servers, { retries: 0, timeout: 300, ...options });
  onTestFinished(() => client.end());
  const probed = await probedApp(
    { providers: [{ provide: 'CACHE', useValue: client }] },
    { timeoutMs: TIMEOUT_MS },
  );
  const set = (key: string) =>
    new Promise<boolean>((resolve) => client.set(key, '1', 10, (error) => resolve(!error)));
  const write = async () => {
    let stored = 0;
    for (let n = 0; n < 30; n++) stored += Number(await set(`key-${n}`));
    return stored;
  };
  return { client, probed, write };
}

/** What the client would do with a server only some time after it came back. */
async function bringBack(server: MemcachedServer, { probed }: Used): Promise<void> {
  expect(await probed.fetchReadiness()).toBe('503 cache.CACHE: cannot connect to cache.');
  await server.start();
}

describe('a server that answers while the client does not use it', () => {
  it('is suspended: until the client tries it again', async () => {
    const server = await aServer();
    const used = await use([server.address], { retry: 1_500, failures: 50 });
    await used.write();
    await server.stop();
    await until('the client suspends it', async () => (await used.write()) === 0);
    await bringBack(server, used);
    expect(await used.probed.fetchReadiness()).toBe(
      '503 cache.CACHE: server suspended by the client.',
    );
    await until('it is used again', async () => (await used.probed.fetchReadiness()) === '200 OK');
    expect(await used.write()).toBe(30);
  });

  it('is dead: until the client reconnects, hours later', async () => {
    const server = await aServer();
    const used = await use([server.address], { retry: 1, failures: 2, reconnect: 2 ** 31 - 1 });
    await server.stop();
    await until('the client gives it up', async () => {
      await used.write();
      return isDead(used.client);
    });
    await bringBack(server, used);
    expect(await used.probed.fetchReadiness()).toBe(
      '503 cache.CACHE: server given up by the client.',
    );
    expect(await used.write()).toBe(0);
  });

  it('is removed until a restart, and the others are still pinged', async () => {
    const [first, second] = [await aServer(), await aServer()];
    const used = await use([first.address, second.address], {
      retry: 1,
      failures: 1,
      remove: true,
    });
    await used.write();
    await second.stop();
    await until('the client removes it', async () => {
      await used.write();
      return ringOf(used.client).length === 1;
    });
    await bringBack(second, used);
    expect(await used.probed.fetchReadiness()).toBe(
      '503 cache.CACHE: server removed by the client.',
    );
    await first.stop();
    expect(await used.probed.fetchReadiness()).toBe('503 cache.CACHE: cannot connect to cache.');
  });

  it('is replaced: degraded, and its failover server is pinged', async () => {
    const [first, second, spare] = [await aServer(), await aServer(), await aServer()];
    const used = await use([first.address, second.address], {
      retry: 1,
      failures: 1,
      remove: true,
      failOverServers: [spare.address],
    } as Memcached.options);
    await used.write();
    await second.stop();
    await until('the client fails over', async () => {
      await used.write();
      return ringOf(used.client).includes(spare.address);
    });
    const { status, body } = await used.probed.report();
    expect([status, body.details['cache.CACHE']]).toEqual([
      200,
      { status: 'degraded', message: 'server replaced by a failover server.' },
    ]);
    await spare.stop();
    expect(await used.probed.fetchReadiness()).toBe('503 cache.CACHE: cannot connect to cache.');
  });
});

describe('a server that turns a new socket away', () => {
  it('is at its limit of connections', async () => {
    const server = await aServer(['-t', '1', '-c', '24']);
    const { probed } = await use([server.address]);
    expect(await probed.fetchReadiness()).toBe('200 OK');
    const fillers: Socket[] = [];
    onTestFinished(() => fillers.forEach((socket) => socket.destroy()));
    await until('the server is full', async () => {
      const socket = connect(server.port, '127.0.0.1').on('error', () => {});
      fillers.push(socket);
      await once(socket, 'connect');
      return (await probed.fetchReadiness()) === '503 cache.CACHE: too many connections to cache.';
    });
    fillers.forEach((socket) => socket.destroy());
    await until('it takes one again', async () => (await probed.fetchReadiness()) === '200 OK');
  });

  it('speaks binary alone, as one with SASL does', async () => {
    const conf = temporaryFile('memcached.conf', 'mech_list: plain');
    const server = await aServer(['-S'], { SASL_CONF_PATH: dirname(conf) });
    const { probed } = await use([server.address]);
    expect(await probed.fetchReadiness()).toBe(
      `503 cache.CACHE: no answer within ${TIMEOUT_MS} ms.`,
    );
  });

  it('wants a password', async () => {
    const server = await aServer(['-Y', temporaryFile('users', 'user:password\n')]);
    const { probed } = await use([server.address]);
    expect(await probed.fetchReadiness()).toBe('503 cache.CACHE: invalid response.');
    expect(probed.logger.ofHealthModule.join()).toContain('unauthenticated');
  });
});

/** A file in a directory of its own, which any user may read. */
function temporaryFile(name: string, content: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'nestjs-healthz-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, name), content, { mode: 0o644 });
  return join(directory, name);
}

const isDead = (client: Memcached) =>
  Object.values((client as unknown as { issues: Record<string, Issue> }).issues).some(
    ({ failed, locked }) => failed && !locked,
  );

interface Issue {
  failed: boolean;
  locked: boolean;
}

const ringOf = (client: Memcached) =>
  (client as unknown as { HashRing: { servers: { string: string }[] } }).HashRing.servers.map(
    ({ string }) => string,
  );
