import { mock } from 'node:test';
import { Injectable } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import Memcached from 'memcached';
import { HealthModule, type HealthModuleOptions, ProbeIndicator } from 'nestjs-healthz';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  freePort,
  type MemcachedServer,
  type PostgresServer,
  startMemcached,
  startPostgres,
  startProxy,
  until,
} from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { fetchText } from '../support/request.js';

const now = performance.now.bind(performance);

// Vitest cannot fake nextTick in a forked process.
const TIMERS = [
  ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
  ...(['setImmediate', 'clearImmediate', 'Date', 'performance', 'hrtime'] as const),
];
const fakeTimers = () => vi.useFakeTimers({ toFake: TIMERS });
const fakeMicrotasksToo = () => vi.useFakeTimers({ toFake: [...TIMERS, 'queueMicrotask'] });

/** The second function fakes time while the app starts: Fastify does not start with a fake queueMicrotask. */
const FAKES: [string, () => unknown, () => unknown][] = [
  ['vi.useFakeTimers()', () => vi.useFakeTimers(), () => vi.useFakeTimers()],
  ['vi.useFakeTimers() for microtasks too', fakeMicrotasksToo, fakeTimers],
  ['mock.timers of node:test', () => mock.timers.enable(), () => mock.timers.enable()],
];

@Injectable()
@ProbeIndicator({ name: 'fast' })
class FastIndicator {
  async check() {
    return true;
  }
}

@Injectable()
@ProbeIndicator({ name: 'hung', timeoutMs: 200 })
class HungIndicator {
  check() {
    return new Promise<never>(() => {});
  }
}

function cacheAt(address: string) {
  const client = new Memcached(address);
  onTestFinished(() => client.end());
  return { provide: 'CACHE', useValue: client };
}

afterEach(() => {
  vi.useRealTimers();
  mock.timers.reset();
});

describe.each(FAKES)('with %s', (_, fake, fakeAtStart) => {
  let postgres: PostgresServer;
  let memcached: MemcachedServer;
  beforeAll(async () => {
    [postgres, memcached] = await Promise.all([startPostgres(), startMemcached()]);
  });
  afterAll(() => Promise.all([postgres.dispose(), memcached.dispose()]));

  describe.each(ADAPTERS)('HealthModule on %s', (__, createAdapter) => {
    const start = (
      options: HealthModuleOptions,
      providers: object[] = [],
      dataSource: TypeOrmModuleOptions = {},
    ) =>
      startApp(
        {
          imports: [
            HealthModule.forRoot({ freshMs: 0, ...options }),
            TypeOrmModule.forRoot({ ...postgres.typeorm(), ...dataSource } as TypeOrmModuleOptions),
          ],
          providers: [FastIndicator, cacheAt(memcached.address), ...(providers as never[])],
        },
        createAdapter,
      );

    it.each(['before', 'after'])(
      'answers probes, and closes, when time is faked %s it starts',
      async (when) => {
        if (when === 'before') fakeAtStart();
        const { app, port } = await start({ freshMs: 50 });
        if (when === 'after') fake();
        for (let n = 0; n < 3; n++) expect(await fetchText(port, '/readiness')).toBe('200 OK');
        expect(await fetchText(port, '/healthz')).toBe('200 OK');
        expect(await fetchText(port, '/startupz')).toBe('200 OK');
        expect(await fetchText(port, '/readiness/cache.CACHE')).toBe('200 OK');
        const many = await Promise.all(
          Array.from({ length: 100 }, () => fetchText(port, '/readiness')),
        );
        expect(new Set(many)).toEqual(new Set(['200 OK']));
        await app.close();
      },
    );

    it('times out a check that hangs at its deadline, each time', async () => {
      const { app, port } = await start({}, [HungIndicator]);
      fake();
      for (let n = 0; n < 3; n++) {
        expect(await fetchText(port, '/readiness')).toBe('503 hung: no answer within 200 ms.');
      }
      await app.close();
    });

    it('runs a check again when its result is no longer fresh', async () => {
      let runs = 0;
      const checks = { counted: () => ({ counted: { status: 'up' as const, runs: ++runs } }) };
      const { app, port } = await start({ freshMs: 50, readiness: { checks } });
      fake();
      await until('the check runs again', async () => {
        expect(await fetchText(port, '/readiness')).toBe('200 OK');
        return runs > 2;
      });
      await app.close();
    });

    it('connects a DataSource in the background', async () => {
      const proxy = await startProxy(postgres.port);
      onTestFinished(() => proxy.close());
      proxy.mode = 'reset';
      fakeAtStart();
      const { app, port } = await start({ dataSources: { connect: true } }, [], {
        manualInitialization: true,
        port: proxy.port,
      });
      expect(await fetchText(port, '/readiness')).toBe('503 db.default: not connected yet.');
      proxy.mode = 'forward';
      await until(
        'the app is ready',
        async () => (await fetchText(port, '/readiness')) === '200 OK',
      );
      await app.close();
    });

    it('boots within the deadline while the database does not respond', async () => {
      const proxy = await startProxy(postgres.port);
      onTestFinished(() => proxy.close());
      proxy.mode = 'stall';
      fakeAtStart();
      const options = { timeoutMs: 300, dataSources: { connect: true } };
      const { app, port } = await start(options, [], {
        manualInitialization: true,
        port: proxy.port,
      });
      expect(await fetchText(port, '/readiness')).toBe('503 db.default: not connected yet.');
      await app.close();
    });

    it('drains for drainMs', async () => {
      const { app, port } = await start({ drainMs: 300 });
      fake();
      expect(await fetchText(port, '/readiness')).toBe('200 OK');
      const startedAt = now();
      const closed = app.close();
      await until('readiness fails', async () =>
        (await fetchText(port, '/readiness')).startsWith('503'),
      );
      expect(await fetchText(port, '/healthz')).toBe('200 OK');
      await closed;
      expect(now() - startedAt).toBeGreaterThan(290);
    });

    it('answers probes on a separate port', async () => {
      const port = await freePort();
      fakeAtStart();
      const { app } = await start({ server: { port, host: '127.0.0.1' } });
      for (let n = 0; n < 3; n++) expect(await fetchText(port, '/readiness')).toBe('200 OK');
      expect(await fetchText(port, '/startupz')).toBe('200 OK');
      await app.close();
    });
  });
});
