import { ExpressAdapter } from '@nestjs/platform-express';
import Memcached from 'memcached';
import { HealthModule } from 'nestjs-healthz';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MemcachedServer, startMemcached } from '../servers/index.js';
import { startApp } from '../support/app.js';
import { probedApp } from '../support/probed-app.js';

let server: MemcachedServer;

beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.dispose());

const sessionsAndPages = () => [
  { provide: 'SESSIONS', useValue: new Memcached(server.address) },
  { provide: 'PAGES', useValue: new Memcached('127.0.0.1:1') },
];

describe('memcached.clients', () => {
  it('adds clients that the module does not find', async () => {
    const hidden = new Memcached('127.0.0.1:1');
    const app = await probedApp({}, { memcached: { clients: { SESSIONS: hidden } } });
    expect(await app.fetchReadiness()).toBe('503 cache.SESSIONS: cannot connect to cache.');
  });

  it('names a client that is found as well', async () => {
    const found = new Memcached(server.address);
    const app = await probedApp(
      { providers: [{ provide: 'CACHE', useValue: found }] },
      { memcached: { clients: { SESSIONS: found } } },
    );
    expect(await app.names()).toEqual(['cache.SESSIONS']);
  });

  it.each([
    ['an address', '127.0.0.1:11211', "'127.0.0.1:11211'"],
    ['nothing', undefined, 'undefined'],
    ['a class', Memcached, 'a function'],
    ['another client', { servers: [], get: () => {} }, 'an object'],
    ['a list', [], '[]'],
  ])('refuses %s, naming the option, the value and the allowed values', async (_, value, shown) => {
    const memcached = { clients: { SESSIONS: value } };
    const message =
      `HealthModule: memcached.clients.SESSIONS is ${shown}; ` +
      "allowed: a client of 'memcached', 'memjs', 'memcache', 'memcache-client', 'memcache-plus' or '@keyv/memcache', or one of memcached.adapters.";
    await expect(probedApp({}, { memcached })).rejects.toThrow(message);
    const imports = [HealthModule.forRootAsync({ useFactory: () => ({ memcached }) })];
    await expect(startApp({ imports }, () => new ExpressAdapter())).rejects.toThrow(message);
  });
});

describe('memcached', () => {
  it.each([
    ['exclude: that client is not checked', { exclude: ['PAGES'] }, ['cache.SESSIONS']],
    [
      'optional: it makes the app degraded',
      { optional: ['PAGES'] },
      ['cache.PAGES', 'cache.SESSIONS'],
    ],
    ['false: no client is checked', false, []],
  ] as const)('%s', async (_, memcached, names) => {
    const options = memcached && { ...memcached };
    const app = await probedApp(
      { providers: sessionsAndPages() },
      { memcached: options as { exclude?: string[] } | false },
    );
    expect(await app.fetchReadiness()).toBe('200 OK');
    expect(await app.names()).toEqual(names);
  });

  it('warns once at boot of a name that matches nothing', async () => {
    const app = await probedApp(
      { providers: sessionsAndPages() },
      { memcached: { exclude: ['PAGE'], optional: ['PAGES', 'cache.SESSIONS'] } },
    );
    await app.fetchReadiness();
    await app.fetchReadiness();
    expect(app.logger.ofHealthModule.filter((line) => line.includes('not found'))).toEqual([
      "warn memcached.exclude names 'PAGE', which is not found; there is 'SESSIONS', 'PAGES'. " +
        'A module loaded later may still bring it.',
      "warn memcached.optional names 'cache.SESSIONS', which is not found; there is 'SESSIONS', " +
        "'PAGES'. A module loaded later may still bring it.",
    ]);
  });
});
