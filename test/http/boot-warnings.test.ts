import { ExpressAdapter } from '@nestjs/platform-express';
import Memcached from 'memcached';
import { HealthModule, type HealthModuleOptions } from 'nestjs-healthz';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { get } from '../support/request.js';

/** What an app with one resource warns of at its start, and does not repeat. */
async function warnings(resource: unknown, options: HealthModuleOptions = {}): Promise<string[]> {
  const logger = new RecordingLogger();
  const { port } = await startApp(
    {
      imports: [HealthModule.forRoot({ timeoutMs: 500, ...options })],
      providers: [{ provide: 'RESOURCE', useValue: resource }],
    },
    () => new ExpressAdapter(),
    { logger },
  );
  const said = logger.ofHealthModule.filter((line) => line.startsWith('warn'));
  await get(port, '/healthz');
  expect(logger.ofHealthModule.filter((line) => line.startsWith('warn'))).toEqual(said);
  return said;
}

const dataSource = (options: DataSourceOptions) => new DataSource(options);
const servers = { master: { host: 'a' }, slaves: [{ host: 'b' }, { host: 'c' }] };

describe('at its start an app warns once', () => {
  it.each<[string, unknown, RegExp[]]>([
    [
      'of pg without a time-out',
      dataSource({ type: 'postgres' }),
      [/^warn db\.RESOURCE: connectTimeoutMS is not set/],
    ],
    ['not of pg with one', dataSource({ type: 'postgres', connectTimeoutMS: 2_000 }), []],
    [
      'not of pg with one in extra',
      dataSource({ type: 'postgres', extra: { connectionTimeoutMillis: 2_000 } }),
      [],
    ],
    [
      'of mysql2 that deletes servers',
      dataSource({ type: 'mysql', replication: servers }),
      [/^warn db\.RESOURCE: replication\.restoreNodeTimeout is not set/],
    ],
    [
      'not of mysql2 that takes them back',
      dataSource({ type: 'mysql', replication: { ...servers, restoreNodeTimeout: 1_000 } }),
      [],
    ],
    [
      'of replicas of the package mysql, whose pools are not known',
      dataSource({
        type: 'mysql',
        driver: { createPool: () => {}, createPoolCluster: () => {} },
        replication: { ...servers, restoreNodeTimeout: 1_000 },
      }),
      [/^warn db\.RESOURCE: the replicas of mysql cannot be asked one by one/],
    ],
    [
      'of hours without a server of memcached',
      new Memcached('127.0.0.1:1'),
      [/^warn cache\.RESOURCE: reconnect is 18000000 ms/],
    ],
    ['not of a short while', new Memcached('127.0.0.1:1', { reconnect: 10_000 }), []],
    ['not when no server is given up', new Memcached('127.0.0.1:1', { failures: 1e9 }), []],
  ])('%s', async (_what, resource, expected) => {
    expect(await warnings(resource)).toEqual(expected.map((line) => expect.stringMatching(line)));
  });

  const SLOW =
    'warn readiness answers within 3050 ms at worst, and Kubernetes waits 1 s by default: set timeoutSeconds: 4.';
  const sqlite = () => dataSource({ type: 'sqljs' });

  it('of a readiness that may take longer than Kubernetes waits', async () => {
    expect(await warnings(sqlite(), { timeoutMs: 3_000 })).toEqual([SLOW]);
  });

  it.each<[string, HealthModuleOptions]>([
    ['one that is in time', { readiness: { timeoutMs: 700 }, timeoutMs: 3_000 }],
    ['one that asks nothing', { dataSources: false, timeoutMs: 3_000 }],
    ['none', { readiness: false, timeoutMs: 3_000 }],
  ])('not of %s', async (_what, options) => {
    expect(await warnings(sqlite(), options)).toEqual([]);
  });
});
