import { createRequire } from 'node:module';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type MariadbServer,
  type PostgresServer,
  startMariadb,
  startPostgres,
  startProxy,
  type StallProxy,
  until,
} from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';
import {
  BUSY,
  giveBack,
  heldIn,
  holdAll,
  isClosing,
  POOL_SIZE,
  statusOf,
  waitingIn,
} from './held-pool.js';

// A third of it is waited in line, and the rest is for a new connection on a busy machine.
const TIMEOUT_MS = 1_200;

const SERVERS: [string, () => Promise<PostgresServer | MariadbServer>, object?][] = [
  ['postgres', startPostgres],
  ['mariadb', startMariadb],
  // The oldest that TypeORM 1.x takes.
  ['mariadb by mysql2 3.15', startMariadb, createRequire(import.meta.url)('mysql2-3.15')],
];

describe.each(SERVERS)('%s', (_, startServer, driver) => {
  let server: PostgresServer | MariadbServer;
  let proxy: StallProxy;
  beforeAll(async () => {
    server = await startServer();
    proxy = await startProxy(server.port);
  });
  afterAll(async () => {
    await proxy.close();
    await server.dispose();
  });

  const start = (dataSources = {}) => {
    const options = { ...server.typeorm(), driver, port: proxy.port, poolSize: POOL_SIZE };
    return probedApp(
      { imports: [TypeOrmModule.forRoot(options as DataSourceOptions)] },
      { timeoutMs: TIMEOUT_MS, dataSources },
    );
  };

  it('is ready, though degraded, while the app holds every connection', async () => {
    const probed = await start();
    const runners = await holdAll(probed);

    expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    expect(await probed.fetchReadiness()).toBe('200 OK');

    await giveBack(runners);
    expect(await statusOf(probed)).toEqual([200, 'ok', { status: 'up' }]);
    await giveBack(await holdAll(probed));
  });

  it('is not ready then with onPoolBusy: notReady', async () => {
    const probed = await start({ onPoolBusy: 'notReady' });
    const runners = await holdAll(probed);
    expect(await probed.fetchReadiness()).toBe('503 db.default: connection pool is busy.');
    await giveBack(runners);
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });

  it('takes one place in the line, however many probe for however long', async () => {
    const probed = await start();
    const runners = await holdAll(probed);
    const connections = await server.connections();
    for (let n = 0; n < 5; n++) {
      await Promise.all(Array.from({ length: 40 }, () => probed.fetchReadiness()));
    }
    expect(waitingIn(probed)).toBe(1);
    await until('the side connections are gone', async () => {
      return (await server.connections()) === connections;
    });
    await giveBack(runners);
    await until('the place has been served', () => waitingIn(probed) === 0);
    await giveBack(await holdAll(probed));
  });

  it('is ready while the pool flows, with more work than connections', async () => {
    const probed = await start();
    const stop = new AbortController();
    const work = Array.from({ length: 4 * POOL_SIZE }, async () => {
      const sleep = server.type === 'postgres' ? 'SELECT pg_sleep(0.15)' : 'SELECT SLEEP(0.15)';
      while (!stop.signal.aborted) await probed.app.get(DataSource).query(sleep);
    });
    for (let n = 0; n < 5; n++) expect(await probed.fetchReadiness()).toBe('200 OK');
    stop.abort();
    await Promise.all(work);
  });

  it('is not ready once the pool has served nobody for ten deadlines', async () => {
    const probed = await start({ timeoutMs: 300 });
    const runners = await holdAll(probed);
    expect(await probed.fetchReadiness()).toBe('200 OK');
    await until('the pool counts as stuck', async () => {
      return (
        (await probed.fetchReadiness()) === '503 db.default: connection pool gives no connections.'
      );
    });
    await giveBack(runners);
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });

  it('is not ready when the database is gone too', async () => {
    const probed = await start();
    const runners = await holdAll(probed);
    proxy.mode = 'stall';
    expect(await probed.fetchReadiness()).toBe(
      `503 db.default: no answer within ${TIMEOUT_MS} ms.`,
    );
    proxy.mode = 'forward';
    expect((await statusOf(probed))[2]).toEqual(BUSY);
    await giveBack(runners);
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });

  it('stays ready when the server has no connection left for the side', async () => {
    const probed = await start();
    const runners = await holdAll(probed);
    await limitConnections(server, 1);
    try {
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    } finally {
      await limitConnections(server, 0);
      await giveBack(runners);
    }
  });

  it('is down while the sockets of the pool are dead, and replaces them one by one', async () => {
    const probed = await start();
    await giveBack(await holdAll(probed));
    proxy.blackholeExisting();
    for (let n = 0; n < POOL_SIZE; n++) {
      expect(await probed.fetchReadiness()).toBe(
        `503 db.default: no answer within ${TIMEOUT_MS} ms.`,
      );
    }
    expect(await probed.fetchReadiness()).toBe('200 OK');
    await giveBack(await holdAll(probed));
  });

  it('closes at once while the pool is held', async () => {
    const probed = await start();
    const runners = await holdAll(probed);
    await probed.fetchReadiness();
    const closing = probed.app.close();
    await until('the pool is being closed', () => isClosing(probed));
    await giveBack(runners);
    await closing;
    await until('nothing is left', () => proxy.connections === 0);
    expect(server.running).toBe(true);
  });

  it('does not hold up closing at a hung server', async () => {
    const probed = await start({ timeoutMs: 60_000 });
    proxy.mode = 'stall';
    const answer = probed.fetchReadiness();
    await until('the probe has its connection', () => heldIn(probed) > 0);
    const closing = probed.app.close();
    expect(await answer).toMatch('503 shutting down.');
    await closing;
    proxy.mode = 'forward';
  });
});

/** How many connections the app may have at the server; 0 for as many as it likes. */
function limitConnections(server: PostgresServer | MariadbServer, most: number) {
  return server.query(
    server.type === 'postgres'
      ? `ALTER ROLE app CONNECTION LIMIT ${most || -1}`
      : `ALTER USER app@'127.0.0.1' WITH MAX_USER_CONNECTIONS ${most}`,
  );
}
