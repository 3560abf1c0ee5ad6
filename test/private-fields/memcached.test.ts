import Memcached from 'memcached';
import { describe, expect, it } from 'vitest';
import { freePort } from '../servers/index.js';
import { look } from './fields.js';

describe('memcached', () => {
  const SERVERS = ['127.0.0.1:1', '127.0.0.1:2'];

  it('servers is the given array', () => {
    const given = [...SERVERS];
    expect(look(new Memcached(given)).servers).toBe(given);
    expect(look(new Memcached({ [SERVERS[0]!]: 2, [SERVERS[1]!]: 1 })).servers).toEqual(SERVERS);
    expect(look(new Memcached(SERVERS[0]!)).servers).toEqual([SERVERS[0]]);
  });

  it('HashRing.servers[].string are the servers that it picks from', () => {
    const client = look(new Memcached([...SERVERS, 'c']));
    const strings = () => client.HashRing.servers.map(({ string }: { string: string }) => string);
    expect(strings().toSorted()).toEqual([...SERVERS, 'c']);
    client.HashRing.swap(SERVERS[0], '127.0.0.1:3');
    client.HashRing.remove('c');
    expect(strings().toSorted()).toEqual(['127.0.0.1:2', '127.0.0.1:3']);
  });

  it('a client has its methods, issues and connections', () => {
    const client = look(new Memcached(SERVERS));
    for (const name of ['command', 'connect', 'connectionIssue']) {
      expect(client[name]).toBeInstanceOf(Function);
    }
    for (const name of ['HashRing', 'issues', 'connections']) {
      expect(client[name]).toBeInstanceOf(Object);
    }
  });

  it.each([
    ['failed and locked when it is suspended', { failures: 5 }, { failed: true, locked: true }],
    ['failed and not locked when it is given up', { failures: 0 }, { failed: true, locked: false }],
  ])('issues[server] is %s', async (_, options, issue) => {
    const address = `127.0.0.1:${await freePort()}`;
    const client = new Memcached(address, { retries: 0, retry: 60_000, ...options });
    expect(look(client).issues[address]).toBeUndefined();
    await new Promise((resolve) => client.get('key', resolve));
    expect(look(client).issues[address]).toMatchObject(issue);
  });

  it('reconnect is how long a server stays given up', () => {
    expect(look(new Memcached(SERVERS)).reconnect).toBe(18_000_000);
    expect(look(new Memcached(SERVERS, { reconnect: 5 })).reconnect).toBe(5);
  });
});
