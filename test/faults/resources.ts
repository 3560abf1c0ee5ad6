import { Module, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import Memcached from 'memcached';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { INestApplication } from '@nestjs/common';
import {
  type MemcachedServer,
  startMariadb,
  startMemcached,
  startPostgres,
  startProxy,
  type StallProxy,
  type SqlServer,
} from '../servers/index.js';

export const POOL_SIZE = 3;
const CACHE = 'CACHE';

/** A real server behind a proxy, and an app that reaches it through the proxy. */
export interface Resource {
  /** As the probe names it. */
  readonly check: string;
  readonly server: SqlServer<'postgres' | 'mariadb'> | MemcachedServer;
  readonly proxy: StallProxy;
  /** A module with a pool or client of its own. */
  module(): Type;
  /** What the app itself does with the resource; rejects when that fails. */
  use(app: INestApplication): Promise<unknown>;
  /** How many callers wait in the app's pool or client. */
  waiting(app: INestApplication): number;
  connections(): Promise<number>;
  dispose(): Promise<void>;
}

async function sqlResource(
  start: () => Promise<SqlServer<'postgres' | 'mariadb'>>,
): Promise<Resource> {
  const server = await start();
  const proxy = await startProxy(server.port);
  return {
    check: 'db.default',
    server,
    proxy,
    module() {
      const options = { ...server.typeorm(), port: proxy.port, poolSize: POOL_SIZE };
      @Module({ imports: [TypeOrmModule.forRoot(options as DataSourceOptions)] })
      class DatabaseModule {}
      return DatabaseModule;
    },
    use: (app) => app.get(DataSource).query('SELECT 1'),
    waiting: (app) => {
      const { master, pool } = app.get(DataSource).driver as {
        master?: { waitingCount: number };
        pool?: { _connectionQueue: { length: number } };
      };
      return master?.waitingCount ?? pool?._connectionQueue.length ?? Number.NaN;
    },
    connections: () => server.connections(),
    dispose: async () => {
      await proxy.close();
      await server.dispose();
    },
  };
}

async function memcachedResource(): Promise<Resource> {
  const server = await startMemcached();
  const proxy = await startProxy(server.port);
  return {
    check: 'cache.CACHE',
    server,
    proxy,
    module() {
      const client = new Memcached(`127.0.0.1:${proxy.port}`, {
        retries: 0,
        timeout: 500,
        retry: 1,
      });
      @Module({ providers: [{ provide: CACHE, useValue: client }] })
      class CacheModule {
        onApplicationShutdown() {
          client.end();
        }
      }
      return CacheModule;
    },
    use: (app) =>
      new Promise((resolve, reject) => {
        app
          .get<Memcached>(CACHE)
          .set('key', 'value', 10, (error, stored) => (error ? reject(error) : resolve(stored)));
      }),
    waiting: (app) => app.get<Memcached & { activeQueries: number }>(CACHE).activeQueries,
    connections: () => server.currConnections(),
    dispose: async () => {
      await proxy.close();
      await server.dispose();
    },
  };
}

export const RESOURCES = {
  postgres: () => sqlResource(startPostgres),
  mariadb: () => sqlResource(startMariadb),
  memcached: memcachedResource,
};
export type ResourceName = keyof typeof RESOURCES;
