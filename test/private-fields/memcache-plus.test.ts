import { expect, it } from 'vitest';
import { freePort, startMemcached, until } from '../servers/index.js';
import { memcachePlus } from '../support/cache-clients.js';
import { look } from './fields.js';

it('a client has own hosts, connections, ring and its methods', () => {
  const { value, end } = memcachePlus('127.0.0.1:1');
  expect(look(value).hosts).toEqual(['127.0.0.1:1']);
  for (const name of ['connections', 'ring']) expect(look(value)[name]).toBeInstanceOf(Object);
  for (const name of ['splitHost', 'connectToHosts', 'flushBuffer']) {
    expect(look(value)[name]).toBeInstanceOf(Function);
  }
  expect(look(value).tls).toBe(null);
  end();
});

it('splitHost() is the rule by which it dials', () => {
  const { value, end } = memcachePlus('127.0.0.1:1');
  const split = (host: string) => look(value).splitHost(host);
  expect(split('a')).toEqual({ host: 'a', port: '11211' });
  expect(split('a:2')).toEqual({ host: 'a', port: '2' });
  expect(split(':3')).toEqual({ host: 'localhost', port: '3' });
  end();
});

it('a connection is ready with a backoff of 10 ms, and else not with more', async () => {
  const server = await startMemcached();
  const dead = `127.0.0.1:${await freePort()}`;
  const clients = [memcachePlus(server.address), memcachePlus(dead)] as const;
  const [up, down] = clients.map(({ value }) => Object.values(look(value).connections)[0] as never);
  await until('both know', () => look(up!)['ready'] && look(down!)['backoff'] > 10);
  expect(up).toMatchObject({ ready: true, backoff: 10 });
  expect(down).toMatchObject({ ready: false });
  for (const { end } of clients) end();
  await server.dispose();
});
