import { setTimeout as pass } from 'node:timers/promises';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, startMariadb, startPostgres, startProxy, until } from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';
import { watchAttempts } from '../support/watch-attempts.js';

// TypeORM opens all pools of PostgreSQL side by side, and fails with the first that fails.
it('attempts that one replica refuses leave nothing open at another one that is silent', async () => {
  const server = await startPostgres();
  const silent = await startProxy(server.port);
  onTestFinished(async () => {
    await silent.close();
    await server.dispose();
  });
  silent.mode = 'stall';
  const at = (port: number) => ({ ...server.typeorm(), port });
  const { app, logger } = await probedApp(
    {
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          manualInitialization: true,
          replication: {
            master: at(server.port),
            slaves: [at(await freePort()), at(silent.port)],
          },
        } as TypeOrmModuleOptions),
      ],
    },
    { dataSources: { connect: true } },
  );
  await until('it failed', () => logger.ofHealthModule.some((line) => line.includes('yet. ')));
  await pass(2_000);
  expect(silent.connections).toBeLessThanOrEqual(1);
  await app.close();
  await until('nothing is left', () => silent.connections === 0);
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

it('names the replica that keeps a replicated PostgreSQL from connecting', async () => {
  const server = await startPostgres();
  const silent = await startProxy(server.port);
  onTestFinished(async () => {
    await silent.close();
    await server.dispose();
  });
  silent.mode = 'stall';
  const { type, ...login } = server.typeorm();
  const { app, logger } = await probedApp(
    {
      imports: [
        TypeOrmModule.forRoot({
          type,
          manualInitialization: true,
          replication: { master: login, slaves: [{ ...login, port: silent.port }] },
        } as TypeOrmModuleOptions),
      ],
    },
    { timeoutMs: 200, dataSources: { connect: true } },
  );
  const expected = `db.default: not connected yet. no connection to 127.0.0.1:${silent.port}`;
  await until('the attempt is over', () =>
    logger.ofHealthModule.some((line) => line.includes(expected)),
  );
  await app.close();
  await expect.poll(() => silent.connections, { timeout: 5_000 }).toBe(0);
});
