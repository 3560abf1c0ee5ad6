import { TypeOrmModule } from '@nestjs/typeorm';
import type { HealthModuleOptions } from 'nestjs-healthz';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type MariadbServer,
  type PostgresServer,
  startMariadb,
  startPostgres,
  until,
} from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';
import { BUSY, giveBack, holdAll, POOL_SIZE, statusOf, waitingIn } from './held-pool.js';

const STUCK = '503 db.default: connection pool gives no connections.';

/** A pool that lets nobody wait for long, or nobody at all, is busy all the same when it is held. */
const startOn =
  (server: () => PostgresServer | MariadbServer) =>
  (more: object, options: HealthModuleOptions) => {
    const dataSource = { ...server().typeorm(), poolSize: POOL_SIZE, ...more };
    return probedApp(
      { imports: [TypeOrmModule.forRoot(dataSource as DataSourceOptions)] },
      options,
    );
  };

describe('postgres with connectTimeoutMS', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.dispose());
  const start = startOn(() => server);

  it.each([
    ['shorter than the patience of a check', 400, 1_500],
    ['shorter than the deadline', 600, 900],
    ['of several deadlines', 1_500, 600],
  ])('%s: a held pool is busy, at every probe', async (_, connectTimeoutMS, timeoutMs) => {
    const probed = await start({ connectTimeoutMS }, { timeoutMs });
    const runners = await holdAll(probed);
    const enough = performance.now() + 2 * connectTimeoutMS;
    while (performance.now() < enough) {
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    }
    expect(waitingIn(probed)).toBeLessThanOrEqual(1);
    await giveBack(runners);
    expect(await probed.fetchReadiness()).toBe('200 OK');
    await giveBack(await holdAll(probed));
  });

  it.each([
    // Long enough for the app to open its connections on a busy machine.
    ['shorter than the patience of a check', 300, 1_000],
    ['of several deadlines', 700, 300],
  ])('%s: a leaked pool is stuck after ten deadlines', async (_, connectTimeoutMS, timeoutMs) => {
    const probed = await start({ connectTimeoutMS }, { timeoutMs });
    const runners = await holdAll(probed);
    const startedAt = performance.now();
    await until(
      'the pool counts as stuck',
      async () => (await probed.fetchReadiness()) === STUCK,
      30_000,
    );
    expect(performance.now() - startedAt).toBeGreaterThan(9 * timeoutMs);
    await giveBack(runners);
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });

  it('is busy, not stuck, when the app gets connections between the probes', async () => {
    const timeoutMs = 600;
    const probed = await start({ connectTimeoutMS: timeoutMs }, { timeoutMs });
    const enough = performance.now() + 12 * timeoutMs;
    while (performance.now() < enough) {
      const runners = await holdAll(probed);
      expect(await probed.fetchReadiness()).toBe('200 OK');
      await until('the probe gave up', () => waitingIn(probed) === 0);
      await giveBack(runners);
    }
  });
});

describe('mariadb with an extra option', () => {
  let server: MariadbServer;
  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server.dispose());
  const start = startOn(() => server);

  it('queueLimit: a held pool with a full line is busy', async () => {
    const probed = await start({ extra: { queueLimit: 1 } }, { timeoutMs: 600 });
    const runners = await holdAll(probed);
    const waiting = probed.app.get(DataSource).query('SELECT 1');
    await until('the line is full', () => waitingIn(probed) === 1);
    for (let n = 0; n < 5; n++) {
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    }
    await giveBack(runners);
    await waiting;
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });

  it('waitForConnections: false: a held pool is busy', async () => {
    const extra = { waitForConnections: false };
    const probed = await start({ extra }, { timeoutMs: 600 });
    const runners = await holdAll(probed);
    for (let n = 0; n < 5; n++) {
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    }
    await giveBack(runners);
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });

  it('waitForConnections: false: a leaked pool is stuck after ten deadlines', async () => {
    const timeoutMs = 300;
    const probed = await start({ extra: { waitForConnections: false } }, { timeoutMs });
    const runners = await holdAll(probed);
    const startedAt = performance.now();
    await until(
      'the pool counts as stuck',
      async () => (await probed.fetchReadiness()) === STUCK,
      30_000,
    );
    expect(performance.now() - startedAt).toBeGreaterThan(9 * timeoutMs);
    await giveBack(runners);
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });
});
