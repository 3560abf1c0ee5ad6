import Memcached from 'memcached';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { HOST, resolver } from '../faults/resolver.js';
import { type MemcachedServer, startMemcached } from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';
import { startStub } from './stub.js';

resolver.install();

let server: MemcachedServer;
beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.dispose());
beforeEach(() => {
  resolver.heal();
  resolver.addresses = ['127.0.0.1'];
});

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

it('is down when it is stopped, whether or not the resolver works, and up again when it is back', async () => {
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
  resolver.addresses = ['127.0.0.2'];
  expect(await app.fetchReadiness()).toBe('200 OK');
  await server.stop();
  expect(await app.fetchReadiness()).toBe('503 cache.SESSIONS: cannot connect to cache.');
  await server.start();
});

/** Another server of the same name and port, at an address that comes first. */
async function addServer() {
  await startStub((socket) => socket.on('data', () => socket.write('VERSION 1.6.0\r\n')), {
    port: server.port,
    host: '127.0.0.2',
  });
  resolver.addresses = ['127.0.0.2', '127.0.0.1'];
}

it('is up when the address that answered last refuses, and another of the same name answers', async () => {
  const { app } = await start();
  expect(await app.fetchReadiness()).toBe('200 OK');
  await addServer();
  await server.stop();
  expect(await app.fetchReadiness()).toBe('200 OK');
  expect(await app.fetchReadiness()).toBe('200 OK');
  await server.start();
});

it('is up from the second probe on when the address that answered last is silent', async () => {
  const { app } = await start();
  expect(await app.fetchReadiness()).toBe('200 OK');
  await addServer();
  await server.suspend();
  onTestFinished(() => server.resume());
  expect(await app.fetchReadiness()).toBe('503 cache.SESSIONS: no answer within 500 ms.');
  expect(await app.fetchReadiness()).toBe('200 OK');
});
