import { TypeOrmModule } from '@nestjs/typeorm';
import type { HealthModuleOptions } from 'nestjs-healthz';
import type { DataSourceOptions } from 'typeorm';
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
import { type ProbedApp, probedApp } from '../support/probed-app.js';
import { BUSY, giveBack, holdAll, POOL_SIZE, statusOf, waitingIn } from './held-pool.js';
import { HOST, resolver } from './resolver.js';

const TIMEOUT_MS = 1_000;
const LATE = `503 db.default: no answer within ${TIMEOUT_MS} ms.`;

resolver.install();

describe.each([
  ['postgres', startPostgres],
  ['mariadb', startMariadb],
] as [string, () => Promise<PostgresServer | MariadbServer>][])(
  '%s, held by the app',
  (_, startServer) => {
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

    const start = (options: HealthModuleOptions = { timeoutMs: TIMEOUT_MS }) => {
      const dataSource = { ...server.typeorm(), port: proxy.port, host: HOST, poolSize: POOL_SIZE };
      return probedApp(
        { imports: [TypeOrmModule.forRoot(dataSource as DataSourceOptions)] },
        options,
      );
    };

    it('is busy by the deadline of readiness, which is shorter than that of the checks', async () => {
      const probed = await start({ readiness: { timeoutMs: 900 } });
      const runners = await holdAll(probed);
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
      proxy.mode = 'stall';
      expect(await probed.fetchReadiness()).toBe('503 db.default: no answer within 900 ms.');
      proxy.mode = 'forward';
      await giveBack(runners);
    });

    it('looks its host up once at a time, while the resolver hangs', async () => {
      const probed = await start();
      const runners = await holdAll(probed);
      resolver.mode = 'hangs';
      for (let n = 0; n < 4; n++) {
        const said = await Promise.all(Array.from({ length: 10 }, () => probed.fetchReadiness()));
        expect(new Set(said)).toEqual(new Set([LATE]));
        expect(resolver.pending).toBe(1);
      }
      resolver.heal();
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
      await giveBack(runners);
      expect(await probed.fetchReadiness()).toBe('200 OK');
    });

    /** Ends what the app holds, so that the probe's place in line becomes a connection being opened. */
    async function turnPlaceIntoOpening(probed: ProbedApp): Promise<void> {
      const runners = await holdAll(probed);
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
      expect(waitingIn(probed)).toBe(1);
      proxy.mode = 'reset';
      proxy.mode = 'stall';
      await Promise.allSettled(runners.map((runner) => runner.query('SELECT 1')));
      await giveBack(runners);
      await until('a connection is being opened', () => proxy.connections === 1);
      expect(waitingIn(probed)).toBe(0);
    }

    it('loses no slot when its connections die and new ones hang', async () => {
      const probed = await start();
      await turnPlaceIntoOpening(probed);
      for (let n = 0; n < POOL_SIZE + 1; n++) {
        expect(await probed.fetchReadiness()).toBe(LATE);
        expect(proxy.connections).toBeLessThanOrEqual(1);
      }
      proxy.mode = 'forward';
      expect(await probed.fetchReadiness()).toBe('200 OK');
      await giveBack(await holdAll(probed));
    });

    it('does not hold up closing then', async () => {
      const probed = await start();
      await turnPlaceIntoOpening(probed);
      await expect(probed.app.close()).resolves.toBeUndefined();
      await until('nothing is left', () => proxy.connections === 0);
      proxy.mode = 'forward';
    });
  },
);
