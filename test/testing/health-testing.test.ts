import { Controller, Get, Inject } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { getDataSourceToken } from '@nestjs/typeorm';
import Memcached from 'memcached';
import {
  DataSourceHealthIndicator,
  HealthModule,
  type HealthModuleOptions,
  MemcachedHealthIndicator,
  ProbeIndicator,
  ProbeService,
} from 'nestjs-healthz';
import { HealthTesting } from 'nestjs-healthz/testing';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectedAs, unconnected } from '../discovery/memory-data-source.js';
import { ADAPTERS, moduleOf, startApp } from '../support/app.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { getJson, fetchText } from '../support/request.js';

const DOWN = '503 db.default: cannot connect to database.';

@ProbeIndicator({ name: 'mail' })
class MailIndicator {
  check() {
    return true;
  }
}

@ProbeIndicator({ name: 'heap', probe: 'liveness' })
class HeapIndicator {
  check() {
    return true;
  }
}

/** A user's own page, which asks the indicators by name and by instance. */
@Controller('health')
class OwnHealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(DataSourceHealthIndicator) private readonly dataSources: DataSourceHealthIndicator,
    @Inject(MemcachedHealthIndicator) private readonly memcached: MemcachedHealthIndicator,
    @Inject(getDataSourceToken()) private readonly dataSource: DataSource,
    @Inject('SESSIONS') private readonly client: Memcached,
  ) {}

  @Get()
  @HealthCheck()
  all() {
    return this.health.check([
      () => this.dataSources.pingAll(),
      () => this.memcached.pingAll(),
      () => this.dataSources.pingCheck('orders', { dataSource: this.dataSource }),
      () => this.memcached.pingCheck('sessions', { client: this.client }),
    ]);
  }
}

const billing = () => ({ api: { status: 'up' as const }, queue: { status: 'up' as const } });

const statusOf = async (port: number, name: string) => {
  const { body } = await getJson(port, '/readiness');
  const { details } = body as { details: Record<string, { status: string }> };
  return details[name]?.status;
};

describe.each(ADAPTERS)('HealthTesting on %s', (_adapter, createAdapter) => {
  /** A database that is up, and a cache that is not. */
  const start = async (options: HealthModuleOptions = {}) => {
    const client = new Memcached('127.0.0.1:1');
    onTestFinished(() => client.end());
    const logger = new RecordingLogger();
    const { app, port } = await startApp(
      {
        imports: [
          TerminusModule.forRoot({ logger: false }),
          HealthModule.forRoot({
            freshMs: 0,
            memcached: { optional: ['SESSIONS'] },
            readiness: { checks: { billing } },
            ...options,
          }),
        ],
        providers: [
          connectedAs(DataSource),
          { provide: 'SESSIONS', useValue: client },
          MailIndicator,
          HeapIndicator,
        ],
        controllers: [OwnHealthController],
      },
      createAdapter,
      { logger },
    );
    logger.lines.length = 0;
    return { app, port, logger, health: HealthTesting.of(app) };
  };

  it('makes a database down, and up again', async () => {
    const { health, port } = await start();
    await expect(fetchText(port, '/readiness')).resolves.toMatch(/^200 /);
    health.down('db.default');
    await expect(fetchText(port, '/readiness')).resolves.toBe(DOWN);
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    health.up('db.default');
    await expect(fetchText(port, '/readiness')).resolves.toMatch(/^200 /);
    health.down('db.default').restore('db.default');
    await expect(fetchText(port, '/readiness')).resolves.toMatch(/^200 /);
  });

  it.each([
    ['db.default', '/readiness', DOWN],
    ['mail', '/readiness', '503 mail: check failed.'],
    ['heap', '/healthz', '503 heap: check failed.'],
    ['billing', '/readiness', '503 billing: check failed.'],
  ])('down(%o)', async (name, path, said) => {
    const { health, port } = await start();
    health.down(name);
    await expect(fetchText(port, path)).resolves.toBe(said);
    health.restore();
    await expect(fetchText(port, path)).resolves.toMatch(/^200 /);
  });

  it('knows a check by a part that it has reported, and sets all of its parts', async () => {
    const { health, port } = await start();
    await fetchText(port, '/readiness');
    health.down('billing.api');
    await expect(fetchText(port, '/readiness')).resolves.toBe(
      '503 billing.api: check failed.\nbilling.queue: check failed.',
    );
  });

  it('keeps an optional check optional', async () => {
    const { health, port } = await start();
    health.up('cache.SESSIONS');
    await expect(statusOf(port, 'cache.SESSIONS')).resolves.toBe('up');
    health.down('cache.SESSIONS');
    await expect(statusOf(port, 'cache.SESSIONS')).resolves.toBe('degraded');
    await expect(fetchText(port, '/readiness')).resolves.toMatch(/^200 /);
  });

  it('is believed at once, however long results are shared', async () => {
    const { health, port } = await start({ freshMs: 60_000 });
    await expect(fetchText(port, '/readiness')).resolves.toMatch(/^200 /);
    health.down('db.default');
    await expect(fetchText(port, '/readiness')).resolves.toBe(DOWN);
    health.restore();
    await expect(fetchText(port, '/readiness')).resolves.toMatch(/^200 /);
  });

  it('applies to probes, ProbeService, the indicators and the log', async () => {
    const { app, health, port } = await start();
    health.down('db.default').up('cache.SESSIONS');
    await expect(app.get(ProbeService).check('readiness')).resolves.toMatchObject({
      status: 'error',
      error: { 'db.default': { status: 'down', message: 'cannot connect to database.' } },
    });
    await expect(getJson(port, '/health')).resolves.toMatchObject({
      status: 503,
      body: {
        error: { 'db.default': { status: 'down' }, orders: { status: 'down' } },
        info: { 'cache.SESSIONS': { status: 'up' }, sessions: { status: 'up' } },
      },
    });
  });

  it('is in the log like a real one', async () => {
    const { health, port, logger } = await start({ memcached: false });
    health.down('db.default');
    for (let n = 0; n < 3; n++) await fetchText(port, '/readiness');
    health.restore();
    await fetchText(port, '/readiness');
    expect(logger.ofHealthModule).toEqual([
      'warn db.default: cannot connect to database. forced by HealthTesting.',
      expect.stringMatching(/^log db\.default: recovered after \d+ s\.$/),
    ]);
  });

  it('is nothing to another app in the process', async () => {
    const [one, other] = [await start(), await start()];
    one.health.down('db.default').down('billing');
    await expect(fetchText(one.port, '/readiness')).resolves.toContain('503 db.default');
    await expect(fetchText(other.port, '/readiness')).resolves.toMatch(/^200 /);
    other.health.restore();
    await expect(fetchText(one.port, '/readiness')).resolves.toContain('503 db.default');
    HealthTesting.of(one.app).restore();
    await expect(fetchText(one.port, '/readiness')).resolves.toMatch(/^200 /);
  });

  it('refuses a name that nothing has, and lists those there are', async () => {
    const { health } = await start();
    for (const method of ['down', 'up', 'restore'] as const) {
      expect(() => health[method]('db.orders')).toThrow(
        "HealthTesting: there is no check 'db.orders'; there is 'heap', 'db.default', " +
          "'cache.SESSIONS', 'billing', 'mail'.",
      );
    }
  });
});

describe('HealthTesting.of()', () => {
  it('takes a testing module, and needs no database', async () => {
    const testing = await Test.createTestingModule({
      imports: [HealthModule.forRoot()],
      providers: [{ provide: DataSource, useValue: unconnected() }],
    }).compile();
    onTestFinished(() => testing.close());
    HealthTesting.of(testing).up('db.default');
    await testing.init();
    const readiness = () => testing.get(ProbeService).check('readiness');
    await expect(readiness()).resolves.toMatchObject({ status: 'ok' });
    HealthTesting.of(testing).restore();
    await expect(readiness()).resolves.toMatchObject({ status: 'error' });
  });

  it('refuses an app without HealthModule', async () => {
    const testing = await Test.createTestingModule({ imports: [moduleOf({})] }).compile();
    onTestFinished(() => testing.close());
    expect(() => HealthTesting.of(testing)).toThrow('HealthTesting: the app has no HealthModule.');
  });

  it('fails with a clear error when there are no checks', async () => {
    const testing = await Test.createTestingModule({ imports: [HealthModule.forRoot()] }).compile();
    onTestFinished(() => testing.close());
    const health = HealthTesting.of(testing);
    expect(() => health.down('db.default')).toThrow("no check 'db.default'; there is none at all.");
    expect(() => health.restore()).not.toThrow();
  });
});
