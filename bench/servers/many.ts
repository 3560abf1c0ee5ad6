import { getDataSourceToken, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import Memcached from 'memcached';
import { HealthModule, ProbeService } from 'nestjs-healthz';
import type { DataSource } from 'typeorm';
import type { Apps, RunningApp } from '../support/serve.js';
import { timed } from '../support/timed.js';
import { startNest } from './nest.js';
import { askVersion } from './raw.js';

interface Settings {
  readonly dataSources: readonly TypeOrmModuleOptions[];
  readonly memcached: readonly string[];
}

/** Any number of resources, checked by the module and by hand. */
async function start({ dataSources, memcached }: Settings): Promise<RunningApp> {
  const names = dataSources.map((_, n) => `database${n}`);
  const { app, port } = await startNest('Express', {
    imports: [
      HealthModule.forRoot({ freshMs: 0 }),
      ...dataSources.map((options, n) =>
        TypeOrmModule.forRoot({ ...options, name: names[n] } as TypeOrmModuleOptions),
      ),
    ],
    providers: memcached.map((address, n) => ({
      provide: `cache${n}`,
      useValue: new Memcached(address),
    })),
  });
  const probes = app.get(ProbeService, { strict: false });
  const found = names.map((name) =>
    app.get<DataSource>(getDataSourceToken(name), { strict: false }),
  );
  const checks = [
    ...found.map((dataSource) => rawAskOf(dataSource)),
    ...memcached.map((address) => {
      const [host = '', cachePort] = address.split(':');
      return () => askVersion(host, Number(cachePort));
    }),
  ];
  return {
    port,
    answers: timed({
      raw: () => Promise.all(checks.map((check) => check())),
      probe: () => probes.check('readiness'),
    }),
  };
}

/** sql.js itself, or the pool of pg. */
function rawAskOf(dataSource: DataSource): () => unknown {
  const { databaseConnection, master } = dataSource.driver as {
    databaseConnection?: { exec(sql: string): unknown };
    master?: { query(sql: string): unknown };
  };
  return () =>
    (databaseConnection?.exec ?? master?.query)?.call(databaseConnection ?? master, 'SELECT 1');
}

export const apps: Apps = { start };
