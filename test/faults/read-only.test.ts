import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MEMORY } from '../discovery/memory-data-source.js';
import {
  type MariadbServer,
  type PostgresServer,
  startMariadb,
  startPostgres,
  until,
} from '../servers/index.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';
import { giveBack, holdAll, POOL_SIZE } from './held-pool.js';

const TIMEOUT_MS = 1_200;
const READ_ONLY = '503 db.default: database is read-only.';

type SqlServer = PostgresServer | MariadbServer;

const SWITCHES: [string, () => Promise<SqlServer>, (on: boolean) => string[]][] = [
  [
    'postgres',
    startPostgres,
    (on) => [
      `ALTER SYSTEM SET default_transaction_read_only = ${on ? 'on' : 'off'}`,
      'SELECT pg_reload_conf()',
    ],
  ],
  ['mariadb', startMariadb, (on) => [`SET GLOBAL read_only = ${on ? 1 : 0}`]],
];

const insert = (probed: ProbedApp) =>
  probed.app.get(DataSource).query('INSERT INTO notes VALUES (1)');

describe.each(SWITCHES)('a %s that was switched to read-only', (_type, startServer, switchTo) => {
  let server: SqlServer;
  const setReadOnly = async (on: boolean) => {
    for (const sql of switchTo(on)) await server.query(sql);
    // PostgreSQL reads its settings anew a moment later.
    await until('new connections are as they should be', async () => {
      const [row = {}] = await server.query(
        server.type === 'postgres'
          ? "SELECT current_setting('default_transaction_read_only') = 'on' AS is_on"
          : 'SELECT @@global.read_only = 1 AS is_on',
      );
      return Boolean(row['is_on']) === on;
    });
  };
  const start = (dataSources: object, options: object = {}) =>
    probedApp(
      {
        imports: [
          TypeOrmModule.forRoot({
            ...server.typeorm(),
            poolSize: POOL_SIZE,
            ...options,
          } as DataSourceOptions),
        ],
      },
      { timeoutMs: TIMEOUT_MS, dataSources },
    );

  beforeAll(async () => {
    server = await startServer();
    const dataSource = await new DataSource(server.typeorm() as DataSourceOptions).initialize();
    await dataSource.query('CREATE TABLE notes (id INT)');
    await dataSource.destroy();
  });
  beforeEach(() => () => setReadOnly(false));
  afterAll(() => server.dispose());

  it.each([
    ['true', true],
    ['its name', ['default']],
  ] as const)(
    'is down with writable: %s, and up when it takes writes again',
    async (_, writable) => {
      const probed = await start({ writable });
      expect(await probed.fetchReadiness()).toBe('200 OK');
      await setReadOnly(true);
      const startedAt = performance.now();
      expect(await probed.fetchReadiness()).toBe(READ_ONLY);
      expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS);
      await expect(insert(probed)).rejects.toThrow(/read.only/);
      await setReadOnly(false);
      expect(await probed.fetchReadiness()).toBe('200 OK');
      await insert(probed);
      expect(await server.connections()).toBeLessThanOrEqual(POOL_SIZE);
    },
  );

  it('is up without writable, and with the name of another DataSource', async () => {
    const probed = [await start({}), await start({ writable: ['reporting'] })];
    await setReadOnly(true);
    for (const each of probed) expect(await each.fetchReadiness()).toBe('200 OK');
    expect(probed[1]!.logger.ofHealthModule).toContainEqual(
      expect.stringContaining("dataSources.writable names 'reporting', which is not found"),
    );
  });

  it('is down while the pool is busy', async () => {
    const probed = await start({ writable: true });
    const runners = await holdAll(probed);
    expect((await probed.report()).body.status).toBe('degraded');
    await setReadOnly(true);
    expect(await probed.fetchReadiness()).toBe(READ_ONLY);
    await giveBack(runners);
  });

  it('is down as a primary, while its replicas need to take no writes', async () => {
    const { type, ...login } = server.typeorm();
    const probed = await start(
      { writable: true },
      { type, replication: { master: login, slaves: [login] } },
    );
    expect(await probed.fetchReadiness()).toBe('200 OK');
    await setReadOnly(true);
    expect((await probed.report()).body.details).toMatchObject({
      'db.default.primary': { status: 'down', message: 'database is read-only.' },
      'db.default.replica-1': { status: 'up' },
    });
  });
});

it('a PostgreSQL that comes back as a standby is down until it is promoted', async () => {
  const server = await startPostgres();
  const probed = await probedApp(
    { imports: [TypeOrmModule.forRoot(server.typeorm() as DataSourceOptions)] },
    { timeoutMs: TIMEOUT_MS, dataSources: { writable: true } },
  );
  expect(await probed.fetchReadiness()).toBe('200 OK');
  await server.stop();
  server.becomeStandby();
  await server.start();
  expect(await probed.fetchReadiness()).toBe(READ_ONLY);
  await server.query('SELECT pg_promote()');
  expect(await probed.fetchReadiness()).toBe('200 OK');
  await probed.app.close();
  await server.dispose();
});

it('a DataSource whose database shows no such state is up, with a warning at start-up', async () => {
  const probed = await probedApp(
    { imports: [TypeOrmModule.forRoot(MEMORY)] },
    { dataSources: { writable: true } },
  );
  expect(await probed.fetchReadiness()).toBe('200 OK');
  expect(probed.logger.ofHealthModule).toContain(
    'warn db.default: dataSources.writable has no effect: whether sqljs takes writes is not known.',
  );
});
