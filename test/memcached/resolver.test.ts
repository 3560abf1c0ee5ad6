import Memcached from 'memcached';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { HOST, resolver } from '../faults/resolver.js';
import { type MemcachedServer, startMemcached } from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';

resolver.install();

let server: MemcachedServer;
beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.dispose());
beforeEach(() => resolver.heal());

async function start() {
  const client = new Memcached(`${HOST}:${server.port}`);
  onTestFinished(() => client.end());
  const app = await probedApp(
    { providers: [{ provide: 'SESSIONS', useValue: client }] },
    { timeoutMs: 500 },
  );
  const set = () =>
    new Promise((resolve) => void client.set('key', 1, 60, (error) => resolve(error ?? 'stored')));
  return { app, set };
}

it.each(['fails', 'hangs'] as const)(
  'a server whose name was looked up once stays up while the resolver %s, as its client does',
  async (mode) => {
    const { app, set } = await start();
    expect(await app.fetchReadiness()).toBe('200 OK');
    expect(await set()).toBe('stored');
    resolver.mode = mode;
    for (let n = 0; n < 3; n++) expect(await app.fetchReadiness()).toBe('200 OK');
    expect(resolver.pending).toBeLessThanOrEqual(1);
    expect(await set()).toBe('stored');
    resolver.heal();
    expect(await app.fetchReadiness()).toBe('200 OK');
  },
);

it('is down when it is stopped, whatever the resolver says, and up again when it is back', async () => {
  const { app } = await start();
  expect(await app.fetchReadiness()).toBe('200 OK');
  await server.stop();
  resolver.mode = 'hangs';
  expect(await app.fetchReadiness()).toMatch(/^503 cache\.SESSIONS: /);
  await server.start();
  expect(await app.fetchReadiness()).toBe('200 OK');
});

it('follows a server that has moved to another address', async () => {
  // A host that refuses, and answers no more.
  const { app } = await start();
  resolver.address = '127.0.0.2';
  onTestFinished(() => {
    resolver.address = '127.0.0.1';
  });
  expect(await app.fetchReadiness()).toBe('200 OK');
  await server.stop();
  expect(await app.fetchReadiness()).toBe('503 cache.SESSIONS: cannot connect to cache.');
  await server.start();
});
