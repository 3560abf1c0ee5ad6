import { connect, Socket } from 'node:net';
import { TypeOrmModule } from '@nestjs/typeorm';
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
import { probedApp } from '../support/probed-app.js';
import { HOST, resolver } from './resolver.js';
import { BUSY, giveBack, holdAll, POOL_SIZE, statusOf } from './held-pool.js';

const TIMEOUT_MS = 700;
const LATE = `503 db.default: no answer within ${TIMEOUT_MS} ms.`;

/** As a connector of a cloud makes it: the driver is told a name, and gets a socket dialled elsewhere. */
function dial(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  // What pg calls by itself.
  return Object.assign(socket, { connect: () => socket });
}

resolver.install();

describe.each([
  // Which pg dials by itself.
  ['postgres', startPostgres, { idleTimeoutMillis: 1 }, () => new Socket()],
  ['mariadb', startMariadb, { maxIdle: 0, idleTimeout: 1 }, (port) => connect(port, HOST)],
] as [string, () => Promise<PostgresServer | MariadbServer>, object, (port: number) => Socket][])(
  '%s on sockets that the app makes',
  (_, startServer, cold, dialByName) => {
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

    const start = (pool: object, makeSocket = dial, host = 'instance-1.invalid') => {
      const options = {
        ...server.typeorm(),
        host,
        port: proxy.port,
        poolSize: POOL_SIZE,
        connectTimeout: 120_000,
        extra: { ...pool, stream: () => makeSocket(proxy.port) },
      };
      return probedApp(
        { imports: [TypeOrmModule.forRoot(options as unknown as DataSourceOptions)] },
        { timeoutMs: TIMEOUT_MS },
      );
    };

    it('ends a connection that does not come about at the deadline', async () => {
      const probed = await start(cold);
      await until('none is pooled', () => proxy.connections === 0);
      proxy.mode = 'stall';
      for (let n = 0; n < POOL_SIZE + 1; n++) {
        expect(await probed.fetchReadiness()).toBe(LATE);
        await until('it is ended', () => proxy.connections === 0);
      }
      proxy.mode = 'forward';
      expect(await probed.fetchReadiness()).toBe('200 OK');
      await giveBack(await holdAll(probed));
    });

    it.each(['in the pool', 'beside a busy one'])(
      'looks a name up once at a time, %s',
      async (where) => {
        const inPool = where === 'in the pool';
        const probed = await start(inPool ? cold : {}, dialByName, HOST);
        await until('none is pooled', () => !inPool || proxy.connections === 0);
        const runners = inPool ? [] : await holdAll(probed);
        resolver.mode = 'hangs';
        for (let n = 0; n < 4; n++) {
          expect(await probed.fetchReadiness()).toBe(LATE);
          expect(resolver.pending).toBe(1);
        }
        resolver.heal();
        expect(await probed.fetchReadiness()).toBe('200 OK');
        await giveBack(runners);
      },
    );

    it('also the one beside a busy pool', async () => {
      const probed = await start({});
      const runners = await holdAll(probed);
      proxy.mode = 'stall';
      for (let n = 0; n < 2; n++) {
        expect(await probed.fetchReadiness()).toBe(LATE);
        await until('it is ended', () => proxy.connections === POOL_SIZE);
      }
      proxy.mode = 'forward';
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
      await giveBack(runners);
      expect(await probed.fetchReadiness()).toBe('200 OK');
    });
  },
);
