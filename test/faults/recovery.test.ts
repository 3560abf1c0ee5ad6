import type { EventEmitter } from 'node:events';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type MariadbServer,
  type PostgresServer,
  startMariadb,
  startPostgres,
  startProxy,
} from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';
import { BUSY, statusOf } from './held-pool.js';

const TIMEOUT_MS = 500;
const late = `503 db.default: no answer within ${TIMEOUT_MS} ms.`;

describe.each([
  ['postgres', startPostgres],
  ['mariadb', startMariadb],
] as [string, () => Promise<PostgresServer | MariadbServer>][])('%s', (_, startServer) => {
  let server: PostgresServer | MariadbServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.dispose());

  const start = (port = server.port, timeoutMs = TIMEOUT_MS, more = {}) =>
    probedApp(
      {
        imports: [
          TypeOrmModule.forRoot({ ...server.typeorm(), port, ...more } as DataSourceOptions),
        ],
      },
      { timeoutMs },
    );

  it('is right at every turn of a flapping server', async () => {
    const proxy = await startProxy(server.port);
    const probed = await start(proxy.port);
    for (let n = 0; n < 10; n++) {
      proxy.mode = n % 2 ? 'reset' : 'stall';
      expect(await probed.fetchReadiness()).toBe(
        n % 2 ? '503 db.default: cannot connect to database.' : late,
      );
      proxy.mode = 'forward';
      expect(await probed.fetchReadiness()).toBe('200 OK');
    }
    await proxy.close();
  });

  it('pings again when the server ended the pooled connections while the event loop was blocked', async () => {
    // Blocking takes its time on a busy machine, and that counts.
    const probed = await start(server.port, 10_000);
    const dataSource = probed.app.get(DataSource);
    await Promise.all([1, 2, 3].map(() => dataSource.query('SELECT 1')));
    const { master, pool } = dataSource.driver as { master?: EventEmitter; pool?: EventEmitter };
    (master ?? pool)?.once('acquire', () => endConnectionsOf(server));
    expect(await probed.fetchReadiness()).toBe('200 OK');
    expect(await probed.fetchReadiness()).toBe('200 OK');
    await dataSource.query('SELECT 1');
  });

  it('pings outside the pool when the app has taken the connection that replaced an ended one', async () => {
    const probed = await start(server.port, 3_000, { poolSize: 1 });
    const dataSource = probed.app.get(DataSource);
    await dataSource.query('SELECT 1');
    const runner = dataSource.createQueryRunner();
    let held: Promise<unknown> | undefined;
    const take = () => (held = runner.connect());
    const { master, pool } = dataSource.driver as { master?: EventEmitter; pool?: EventEmitter };
    (master ?? pool)?.once('acquire', () => endConnectionsOf(server));
    pool?.once('acquire', take);
    // pg gives it to who asks next, whoever is in line.
    master?.once('release', () => queueMicrotask(take));
    expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    await held;
    await runner.query('SELECT 1');
    await runner.release();
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });

  it('is right again when the event loop was blocked past the deadline, and new connections hang', async () => {
    const probed = await start();
    const dataSource = probed.app.get(DataSource);
    const { master, pool } = dataSource.driver as { master?: EventEmitter; pool?: EventEmitter };
    (master ?? pool)?.once('acquire', () => {
      endConnectionsOf(server);
      void server.suspend();
      const blockedUntil = performance.now() + 2 * TIMEOUT_MS;
      while (performance.now() < blockedUntil);
    });
    expect(await probed.fetchReadiness()).toBe(late);
    for (let n = 0; n < 2; n++) expect(await probed.fetchReadiness()).toBe(late);
    server.resume();
    expect(await probed.fetchReadiness()).toBe('200 OK');
    await dataSource.query('SELECT 1');
  });

  it('follows a DataSource that the app destroys and initializes again', async () => {
    const probed = await start();
    const dataSource = probed.app.get(DataSource);
    expect(await probed.fetchReadiness()).toBe('200 OK');
    await dataSource.destroy();
    expect(await probed.fetchReadiness()).toBe('503 db.default: not connected yet.');
    await dataSource.initialize();
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });

  it('does not hold up an app that destroys its DataSource in the middle of a check', async () => {
    const proxy = await startProxy(server.port);
    const probed = await start(proxy.port);
    const dataSource = probed.app.get(DataSource);
    proxy.mode = 'stall';
    const answer = probed.fetchReadiness();
    await dataSource.destroy();
    expect(await answer).toMatch(/^503 db\.default: /);
    expect(await probed.fetchReadiness()).toBe('503 db.default: not connected yet.');
    proxy.mode = 'forward';
    await dataSource.initialize();
    expect(await probed.fetchReadiness()).toBe('200 OK');
    await probed.app.close();
    await proxy.close();
  });
});

/** Ends every connection of the app at the server, with the event loop of this process blocked. */
function endConnectionsOf(server: PostgresServer | MariadbServer): void {
  server.querySync(
    server.type === 'postgres'
      ? `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'`
      : `KILL USER 'app'`,
  );
}
