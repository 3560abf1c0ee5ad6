import { MemcacheClient } from 'memcache-client';
import { expect, it } from 'vitest';
import { freePort, startMemcached } from '../servers/index.js';
import { look } from './fields.js';

it('a client has own _servers, options and its methods', () => {
  const client = new MemcacheClient({ server: 'a:1' });
  const { _servers } = look(client);
  for (const name of ['_servers', '_exServers']) expect(Array.isArray(_servers[name])).toBe(true);
  expect(_servers._config.failedServerOutTime).toBe(60_000);
  expect(Object.hasOwn(client, 'options')).toBe(true);
  for (const name of ['xsend', 'xretrieve']) expect(look(client)[name]).toBeInstanceOf(Function);
});

it('an IPv6 address never works: the client dials the part before its second colon', async () => {
  const client = new MemcacheClient({ server: '::1:11211' });
  await expect((async () => client.get('key'))()).rejects.toThrow('hostname');
});

it('a server that refuses a connection moves to _exServers, with the time', async () => {
  const up = await startMemcached();
  const dead = `127.0.0.1:${await freePort()}`;
  const servers = [dead, up.address].map((server) => ({ server, maxConnections: 1 }));
  const client = new MemcacheClient({ server: { servers } });
  const { _servers } = look(client);
  for (let n = 0; n < 50 && !_servers._exServers.length; n++) await client.get('key');
  expect(_servers._exServers).toMatchObject([{ server: dead, exiledTime: expect.any(Number) }]);
  expect(_servers._servers).toMatchObject([{ server: up.address }]);
  client.shutdown();
  await up.dispose();
});
