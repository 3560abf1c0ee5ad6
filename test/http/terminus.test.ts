import { Controller, Get, Inject, type ModuleMetadata } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import Memcached from 'memcached';
import {
  DataSourceHealthIndicator,
  type DataSourceLike,
  HealthModule,
  MemcachedHealthIndicator,
} from 'nestjs-healthz';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type MemcachedServer, startMemcached } from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { getJson, fetchText } from '../support/request.js';

/** A health controller of the app, as in Terminus's documentation. */
@Controller('health')
class OwnHealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(DataSourceHealthIndicator) private readonly dataSources: DataSourceHealthIndicator,
    @Inject(MemcachedHealthIndicator) private readonly memcached: MemcachedHealthIndicator,
    @Inject(getDataSourceToken()) private readonly dataSource: DataSource,
    @Inject('SESSIONS') private readonly client: Memcached,
  ) {}

  @Get('all')
  @HealthCheck()
  all() {
    return this.health.check([() => this.dataSources.pingAll(), () => this.memcached.pingAll()]);
  }

  @Get('one')
  @HealthCheck()
  one() {
    return this.health.check([
      () => this.dataSources.pingCheck('orders', { dataSource: this.dataSource }),
      () => this.memcached.pingCheck('sessions', { client: this.client }),
    ]);
  }
}

const IMPORTS: [string, ModuleMetadata['imports']][] = [
  ['TerminusModule before ours', [TerminusModule, HealthModule.forRoot()]],
  ['TerminusModule after ours', [HealthModule.forRoot(), TerminusModule]],
  [
    'TerminusModule with options',
    [HealthModule.forRoot(), TerminusModule.forRoot({ errorLogStyle: 'pretty', logger: false })],
  ],
];

const okReport = (up: object) => {
  const details = { 'db.default': up, 'db.reporting': up, 'cache.SESSIONS': up };
  return { status: 200, body: { status: 'ok', info: details, error: {}, details } };
};

let server: MemcachedServer;
beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.dispose());

describe.each(ADAPTERS)('a Terminus controller of the app on %s', (_adapter, createAdapter) => {
  const start = (imports: ModuleMetadata['imports'] = []) => {
    const client = new Memcached(server.address);
    onTestFinished(() => client.end());
    return startApp(
      {
        imports: [
          TypeOrmModule.forRoot({ type: 'sqljs' }),
          TypeOrmModule.forRoot({ type: 'sqljs', name: 'reporting' }),
          ...imports,
        ],
        controllers: [OwnHealthController],
        providers: [{ provide: 'SESSIONS', useValue: client }],
      },
      createAdapter,
    );
  };
  const startDefault = () => start([TerminusModule, HealthModule.forRoot({ freshMs: 0 })]);

  it.each(IMPORTS)('checks everything that is discovered, with %s', async (_how, imports) => {
    const { port } = await start(imports);
    const up = { status: 'up' };
    await expect(getJson(port, '/health/all')).resolves.toEqual(okReport(up));
    await expect(getJson(port, '/readiness')).resolves.toEqual(
      okReport({ ...up, responseTime: expect.any(Number) }),
    );
  });

  it('checks one DataSource and one client under other names', async () => {
    const { port } = await startDefault();
    const details = { orders: { status: 'up' }, sessions: { status: 'up' } };
    await expect(getJson(port, '/health/one')).resolves.toEqual({
      status: 200,
      body: { status: 'ok', info: details, error: {}, details },
    });
  });

  it('fails when readiness does', async () => {
    const { app, port } = await startDefault();
    const dataSource = app.get(DataSource);
    await dataSource.destroy();
    const down = { status: 'down', message: 'not connected yet.' };
    await expect(getJson(port, '/health/one')).resolves.toMatchObject({
      status: 503,
      body: { status: 'error', error: { orders: down } },
    });
    await expect(getJson(port, '/health/all')).resolves.toMatchObject({
      status: 503,
      body: { error: { 'db.default': down }, info: { 'db.reporting': { status: 'up' } } },
    });
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 db.default: not connected yet.');
    await dataSource.initialize();
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
  });

  it.each([
    ['a client', { dataSource: { servers: [] } }, 'dataSource is an object'],
    ['no DataSource', {}, 'dataSource is undefined'],
    ['the name of one', { dataSource: 'default' }, "dataSource is 'default'"],
    ['the class', { dataSource: DataSource }, 'dataSource is a function'],
    ['no options at all', undefined, 'dataSource is undefined'],
  ])(
    'rejects with a TypeError for %s in place of a DataSource',
    async (_what, options, problem) => {
      const { app } = await startDefault();
      const answer = app
        .get(DataSourceHealthIndicator)
        .pingCheck('orders', options as unknown as { dataSource: DataSourceLike });
      await expect(answer).rejects.toThrow(
        new TypeError(`${problem}; needed: a TypeORM DataSource.`),
      );
    },
  );

  it.each([
    ['an address', { client: '127.0.0.1:11211' }, "client is '127.0.0.1:11211'"],
    ['a Map', { client: new Map() }, 'client is an object'],
    ['no options at all', undefined, 'client is undefined'],
  ])('rejects with a TypeError for %s in place of a client', async (_what, options, problem) => {
    const { app } = await startDefault();
    const answer = app
      .get(MemcachedHealthIndicator)
      .pingCheck('sessions', options as unknown as { client: object });
    await expect(answer).rejects.toThrow(
      new TypeError(
        `${problem}; needed: a client of 'memcached', 'memjs', 'memcache', 'memcache-client', 'memcache-plus' or '@keyv/memcache', or one of memcached.adapters.`,
      ),
    );
  });
});
