import { setTimeout as pass } from 'node:timers/promises';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, startPostgres, startProxy, until } from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';

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
