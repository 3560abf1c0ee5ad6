import { TypeOrmModule } from '@nestjs/typeorm';
import Memcached from 'memcached';
import {
  HealthModule,
  type HealthModuleOptions,
  ProbeIndicator,
  ProbeService,
} from 'nestjs-healthz';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { unconnected } from '../discovery/memory-data-source.js';
import {
  type MemcachedServer,
  type PostgresServer,
  startMemcached,
  startPostgres,
  until,
} from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { fetchText, getJson } from '../support/request.js';

let postgres: PostgresServer;
let memcached: MemcachedServer;
beforeAll(async () => {
  [postgres, memcached] = await Promise.all([startPostgres(), startMemcached()]);
});
afterAll(() => Promise.all([postgres.dispose(), memcached.dispose()]));

const TIMEOUT_MS = 1_000;

let mailIsUp: boolean;
@ProbeIndicator({ name: 'mail', optional: 'afterStart' })
class MailIndicator {
  check() {
    return mailIsUp;
  }
}

describe.each(ADAPTERS)("optional: 'afterStart' on %s", (_, createAdapter) => {
  const start = async (metadata: object, options: HealthModuleOptions = {}) => {
    const { app, port } = await startApp(
      {
        ...metadata,
        imports: [
          ...((metadata as { imports?: [] }).imports ?? []),
          HealthModule.forRoot({ freshMs: 0, timeoutMs: TIMEOUT_MS, ...options }),
        ],
      },
      createAdapter,
    );
    return { app, readiness: () => fetchText(port, '/readiness'), port };
  };

  const startWithPostgres = () =>
    start(
      { imports: [TypeOrmModule.forRoot(postgres.typeorm() as DataSourceOptions)] },
      { dataSources: { optional: 'afterStart' } },
    );

  it('keeps three apps ready when the PostgreSQL that they share stops', async () => {
    const apps = [await startWithPostgres(), await startWithPostgres(), await startWithPostgres()];
    const all = () => Promise.all(apps.map(({ readiness }) => readiness()));
    expect(await all()).toEqual(['200 OK', '200 OK', '200 OK']);
    await postgres.stop();
    const startedAt = performance.now();
    expect(await all()).toEqual(['200 OK', '200 OK', '200 OK']);
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + 250);
    const { body } = await getJson(apps[0]!.port, '/readiness');
    expect(body).toMatchObject({
      status: 'degraded',
      details: { 'db.default': { status: 'degraded', message: 'cannot connect to database.' } },
    });
    await postgres.start();
    expect(await all()).toEqual(['200 OK', '200 OK', '200 OK']);
    const query = () => apps[0]!.app.get(DataSource).query('SELECT 1');
    expect(await query()).toHaveLength(1);
  });

  it('waits for the first connection, and is not reset when the DataSource connects anew', async () => {
    const dataSource = new DataSource(postgres.typeorm() as DataSourceOptions);
    const { readiness } = await start(
      { providers: [{ provide: DataSource, useValue: dataSource }] },
      { dataSources: { optional: 'afterStart' } },
    );
    expect(await readiness()).toBe('503 db.default: not connected yet.');
    await dataSource.initialize();
    expect(await readiness()).toBe('200 OK');
    await dataSource.destroy();
    expect(await readiness()).toBe('200 OK');
    await dataSource.initialize();
    await postgres.stop();
    expect(await readiness()).toBe('200 OK');
    await dataSource.destroy();
    await postgres.start();
  });

  it('applies to memcached servers', async () => {
    await memcached.stop();
    const client = new Memcached(memcached.address);
    onTestFinished(() => client.end());
    const { readiness } = await start(
      { providers: [{ provide: 'SESSIONS', useValue: client }] },
      { memcached: { optional: 'afterStart' } },
    );
    expect(await readiness()).toBe('503 cache.SESSIONS: cannot connect to cache.');
    await memcached.start();
    expect(await readiness()).toBe('200 OK');
    await memcached.stop();
    expect(await readiness()).toBe('200 OK');
    await memcached.start();
  });

  it("applies to a probe's checks and to indicators, and to ProbeService and the log", async () => {
    let apiIsUp = false;
    mailIsUp = false;
    const { app, readiness } = await start(
      { providers: [MailIndicator] },
      { readiness: { checks: { api: () => apiIsUp }, optional: 'afterStart' } },
    );
    const both = '503 api: check failed.\nmail: check failed.';
    expect(await readiness()).toBe(both);
    apiIsUp = true;
    expect(await readiness()).toBe('503 mail: check failed.');
    apiIsUp = false;
    mailIsUp = true;
    expect(await readiness()).toBe('200 OK');
    mailIsUp = false;
    const { status, details } = await app.get(ProbeService).check('readiness');
    expect(status).toBe('degraded');
    expect(details).toMatchObject({ api: { status: 'degraded' }, mail: { status: 'degraded' } });
  });
});

describe.each(ADAPTERS)('optional: true on %s', (_, createAdapter) => {
  it('makes all of a group degraded, from the first probe on', async () => {
    const client = new Memcached('127.0.0.1:1');
    onTestFinished(() => client.end());
    const { port } = await startApp(
      {
        imports: [
          HealthModule.forRoot({
            dataSources: { optional: true },
            memcached: { optional: true },
            readiness: { checks: { api: () => false }, optional: true },
          }),
        ],
        providers: [
          { provide: DataSource, useFactory: unconnected },
          { provide: 'SESSIONS', useValue: client },
        ],
      },
      createAdapter,
    );
    await until('it is ready', async () => (await fetchText(port, '/readiness')) === '200 OK');
    const { body } = await getJson(port, '/readiness');
    expect(Object.values((body as { details: object }).details)).toEqual([
      expect.objectContaining({ status: 'degraded' }),
      expect.objectContaining({ status: 'degraded' }),
      expect.objectContaining({ status: 'degraded' }),
    ]);
  });
});

describe('other values of optional', () => {
  it.each([
    ['dataSources', { dataSources: { optional: false } }],
    ['memcached', { memcached: { optional: 'always' } }],
    ['readiness', { readiness: { optional: {} } }],
  ])('of %s are refused', (group, options) => {
    expect(() => HealthModule.forRoot(options as HealthModuleOptions)).toThrow(
      new RegExp(
        `^HealthModule: ${group}\\.optional is .*; allowed: an array of names, true, or 'afterStart'\\.$`,
      ),
    );
  });

  it('of @ProbeIndicator are refused', () => {
    const options = { name: 'mail', optional: 'always' } as never;
    expect(() => ProbeIndicator(options)(MailIndicator)).toThrow(
      "optional is 'always'; allowed: true, false or 'afterStart'.",
    );
  });
});
