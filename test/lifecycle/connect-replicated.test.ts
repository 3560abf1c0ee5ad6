import { isDeepStrictEqual } from 'node:util';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource, type ReplicationMode } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  startMariadb,
  startPostgres,
  startProxy,
  type StallProxy,
  until,
} from '../servers/index.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';
import { watchAttempts } from '../support/watch-attempts.js';

const SERVERS = [
  ['PostgreSQL', startPostgres],
  ['MariaDB', startMariadb],
] as const;

/** A replicated app with one replica, each server behind a proxy. */
async function start(startServer: typeof startPostgres | typeof startMariadb, timeoutMs = 1_000) {
  const server = await startServer();
  const primary = await startProxy(server.port);
  const replica = await startProxy(server.port);
  onTestFinished(async () => {
    await Promise.all([primary.close(), replica.close()]);
    await server.dispose();
  });
  const { type, ...login } = server.typeorm();
  const at = ({ port }: StallProxy) => ({ ...login, port });
  const boot = () =>
    probedApp(
      {
        imports: [
          TypeOrmModule.forRoot({
            type,
            manualInitialization: true,
            replication: { master: at(primary), slaves: [at(replica)], restoreNodeTimeout: 1 },
          } as TypeOrmModuleOptions),
        ],
      },
      { timeoutMs, dataSources: { connect: true } },
    );
  return { primary, replica, boot };
}

async function queryOn(dataSource: DataSource, mode: ReplicationMode): Promise<unknown> {
  const runner = dataSource.createQueryRunner(mode);
  try {
    return await runner.query('SELECT 1 AS one');
  } finally {
    await runner.release();
  }
}

const statesOf = async (probed: ProbedApp) => {
  const { status, body } = await probed.report();
  const states = Object.entries(body.details).map(([name, { status: state }]) => [name, state]);
  return [status, Object.fromEntries(states)];
};

describe.each(SERVERS)(
  'with a replica of %s that is down at the first connection',
  (_, startServer) => {
    it.each(['reset', 'stall'] as const)('is ready, though degraded: %s', async (mode) => {
      const { replica, boot } = await start(startServer);
      replica.mode = mode;
      const probed = await boot();
      await until('it is ready', async () => (await probed.fetchReadiness()) === '200 OK');
      expect(await statesOf(probed)).toEqual([
        200,
        { 'db.default.primary': 'up', 'db.default.replica-1': 'degraded' },
      ]);
      const dataSource = probed.app.get(DataSource);
      expect(await queryOn(dataSource, 'master')).toHaveLength(1);

      replica.mode = 'forward';
      await until('the replica is up', async () =>
        isDeepStrictEqual(await statesOf(probed), [
          200,
          { 'db.default.primary': 'up', 'db.default.replica-1': 'up' },
        ]),
      );
      expect(await queryOn(dataSource, 'slave')).toHaveLength(1);
      const answers = await Promise.all(Array.from({ length: 20 }, () => probed.fetchReadiness()));
      expect(new Set(answers)).toEqual(new Set(['200 OK']));
      await probed.app.close();
      await until('nothing is left', () => replica.connections === 0);
    });

    it('is not ready without the primary', async () => {
      const { primary, replica, boot } = await start(startServer);
      primary.mode = 'reset';
      replica.mode = 'reset';
      const probed = await boot();
      expect((await probed.fetchReadiness()).split('\n')).toContain(
        '503 db.default.primary: not connected yet.',
      );
      primary.mode = 'forward';
      await until('it is ready', async () => (await probed.fetchReadiness()) === '200 OK');
    });

    it.each(['forward', 'stall'] as const)(
      'closes while a silent replica is waited for, and leaves nothing open; primary: %s',
      async (mode) => {
        const { primary, replica, boot } = await start(startServer, 200);
        replica.mode = 'stall';
        primary.mode = mode;
        const probed = await boot();
        const startedAt = performance.now();
        await probed.app.close();
        expect(performance.now() - startedAt).toBeLessThan(1_500);
        const connections = () => replica.connections + primary.connections;
        await until('nothing is left', () => connections() === 0, 3_000);
      },
    );
  },
);

it('attempts at a refusing primary leave nothing open at a silent replica', async () => {
  const { primary, replica, boot } = await start(startPostgres, 200);
  const attempts = watchAttempts();
  primary.mode = 'reset';
  replica.mode = 'stall';
  const { app } = await boot();
  await until('two attempts have failed', () => attempts.ended > 1, 20_000);
  expect(replica.connections).toBeLessThanOrEqual(1);
  await app.close();
  await until('nothing is left', () => replica.connections === 0);
});

// mysql2's cluster dials five times in a row.
it('closes while a silent primary of MariaDB is waited for', async () => {
  const server = await startMariadb();
  const silent = await startProxy(server.port);
  onTestFinished(async () => {
    await silent.close();
    await server.dispose();
  });
  silent.mode = 'stall';
  const attempts = watchAttempts();
  const { type, ...login } = server.typeorm();
  const { app } = await probedApp(
    {
      imports: [
        TypeOrmModule.forRoot({
          type,
          manualInitialization: true,
          replication: { master: { ...login, port: silent.port }, slaves: [login] },
        } as TypeOrmModuleOptions),
      ],
    },
    { dataSources: { connect: true } },
  );
  await until('it tries', () => silent.connections > 0);
  await app.close();
  expect(attempts).toEqual({ begun: 1, ended: 1 });
  await until('nothing is left', () => silent.connections === 0);
});

it('names the primary that keeps a replicated PostgreSQL from connecting', async () => {
  const { primary, boot } = await start(startPostgres, 200);
  primary.mode = 'stall';
  const { app, logger } = await boot();
  const reasons = () => logger.ofHealthModule.filter((line) => line.includes('no connection to'));
  await until('the attempt is over', () => reasons().length > 0, 30_000);
  expect(reasons()).toEqual([
    expect.stringContaining(
      `db.default: not connected yet. no connection to 127.0.0.1:${primary.port}`,
    ),
  ]);
  await app.close();
  await until('nothing is left', () => primary.connections === 0);
});
