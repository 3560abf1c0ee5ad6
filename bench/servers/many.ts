import { ModulesContainer } from '@nestjs/core';
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

/** Any number of resources, asked by the module, by hand, and with another look for them each time. */
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
  const explorer = explorerOf(app.get(ModulesContainer));
  const found = names.map((name) =>
    app.get<DataSource>(getDataSourceToken(name), { strict: false }),
  );
  const asks = [
    ...found.map((dataSource) => rawAskOf(dataSource)),
    ...memcached.map((address) => {
      const [host = '', cachePort] = address.split(':');
      return () => askVersion(host, Number(cachePort));
    }),
  ];
  return {
    port,
    answers: timed({
      raw: () => Promise.all(asks.map((ask) => ask())),
      probe: () => probes.check('readiness'),
      'probe with a walk': () => {
        explorer.walkedAt = -Infinity;
        return probes.check('readiness');
      },
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

/** Private: the walk over the providers is made once a second, here it is to be made at will. */
function explorerOf(modules: ModulesContainer): { walkedAt: number } {
  const providers = [...modules.values()].flatMap(({ providers: each }) => [...each]);
  const [, wrapper] =
    providers.find(([token]) => typeof token === 'function' && token.name === 'Resources') ?? [];
  const explorer = wrapper?.instance as { walkedAt: number } | undefined;
  if (typeof explorer?.walkedAt !== 'number') throw new Error('the explorer has changed');
  return explorer;
}

export const apps: Apps = { start };
