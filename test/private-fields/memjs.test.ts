import { Client } from 'memjs';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../servers/index.js';
import { look } from './fields.js';

const QUIET = { logger: { log: () => {} } };

function clientOf(servers: string, options: object = {}) {
  const client = Client.create(servers, { ...QUIET, ...options });
  onTestFinished(() => client.close());
  return client;
}

it('a client has own servers, options and seq, and its methods', () => {
  const client = clientOf('127.0.0.1:1');
  for (const name of ['servers', 'options', 'seq']) expect(Object.hasOwn(client, name)).toBe(true);
  expect(look(client).seq).toBe(0);
  for (const name of ['perform', 'server', 'getServer']) {
    expect(look(client)[name]).toBeInstanceOf(Function);
  }
});

it('servers[].host and port are the dialled address, without the password', () => {
  const { servers } = look(clientOf('user:pass@a.example:1,b.example'));
  const dialled = servers.map(({ host, port }: Record<string, unknown>) => [host, port]);
  expect(dialled).toEqual([
    ['a.example', 1],
    ['b.example', 11211],
  ]);
  for (const server of servers) expect(Object.hasOwn(server, 'host')).toBe(true);
});

it('options.failover is the given value', () => {
  expect(look(clientOf('a')).options.failover).toBeUndefined();
  expect(look(clientOf('a', { failover: true })).options.failover).toBe(true);
});

it('servers[].wakeupAt is until when a failed server is passed over', async () => {
  const client = clientOf(`127.0.0.1:${await freePort()}`, { failover: true, retries: 1 });
  const [server] = look(client).servers;
  expect(server.wakeupAt).toBeUndefined();
  await expect(client.get('key')).rejects.toThrow('No servers available');
  const left = server.wakeupAt - Date.now();
  expect(left).toBeGreaterThan(50_000);
  expect(left).toBeLessThanOrEqual(60_000);
});
