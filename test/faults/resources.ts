import { type INestApplication, Module, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import Memcached from 'memcached';
import { DataSource, type DataSourceOptions } from 'typeorm';
import {
  type MariadbServer,
  type MemcachedServer,
  type PostgresServer,
  startMariadb,
  startMemcached,
  startPostgres,
  startProxy,
  type StallProxy,
} from '../servers/index.js';
import { HOST } from './resolver.js';

export const POOL_SIZE = 3;
const CACHE = 'CACHE';

/** A real server behind a proxy, and an app that reaches it by name through the proxy. */
interface Base<Name extends string, Server> {
  readonly name: Name;
  /** As the probe names it. */
  readonly check: string;
  readonly server: Server;
  readonly proxy: StallProxy;
  /** A module with a pool or client of its own; `cold`: one that keeps no idle connection. */
  module(cold: boolean): Type;
  /** What the app itself does with the resource; rejects when that fails. */
  use(app: INestApplication): Promise<unknown>;
  /** How many callers wait in the app's pool or client. */
  waiting(app: INestApplication): number;
  connections(): Promise<number>;
  /** Resolves when the server has taken a new connection, past the proxy. */
  connect(): Promise<void>;
  dispose(): Promise<void>;
}

export type Resource =
  | Base<'postgres', PostgresServer>
  | Base<'mariadb', MariadbServer>
  | Base<'memcached', MemcachedServer>;
export type ResourceName = Resource['name'];

// How each pool is told to keep no idle connection.
const COLD = {
  postgres: { idleTimeoutMillis: 1 },
  mariadb: { maxIdle: 0, idleTimeout: 1 },
};

async function behindProxy<Server extends { port: number; dispose(): Promise<void> }>(
  server: Server,
) {
  const proxy = await startProxy(server.port);
  return {
    server,
    proxy,
    dispose: async () => {
      await proxy.close();
      await server.dispose();
    },
  };
}

async function database<Server extends PostgresServer | MariadbServer>(started: Promise<Server>) {
  const base = await behindProxy(await started);
  const { server, proxy } = base;
  return {
    ...base,
    name: server.type,
    check: 'db.default',
    module(cold: boolean): Type {
      const options = {
        ...server.typeorm(),
        host: HOST,
        port: proxy.port,
        poolSize: POOL_SIZE,
        // After 10 s, its default, mysql2 would end an attempt itself, and could not connect.
        connectTimeout: 120_000,
        extra: cold ? COLD[server.type] : {},
      } as DataSourceOptions;
      @Module({ imports: [TypeOrmModule.forRoot(options)] })
      class DatabaseModule {}
      return DatabaseModule;
    },
    use: (app: INestApplication) => app.get(DataSource).query('SELECT 1'),
    waiting(app: INestApplication) {
      const { master, pool } = app.get(DataSource).driver as {
        master?: { waitingCount: number };
        pool?: { _connectionQueue: { length: number } };
      };
      return master?.waitingCount ?? pool?._connectionQueue.length ?? Number.NaN;
    },
    connections: () => server.connections(),
    async connect() {
      const dataSource = new DataSource(server.typeorm() as DataSourceOptions);
      await dataSource.initialize();
      await dataSource.destroy();
    },
  };
}

async function cache() {
  const base = await behindProxy(await startMemcached());
  const { server, proxy } = base;
  return {
    ...base,
    name: 'memcached' as const,
    check: 'cache.CACHE',
    module(): Type {
      const options = { retries: 0, timeout: 500, idle: 500, retry: 1 };
      const client = new Memcached(`${HOST}:${proxy.port}`, options);
      @Module({ providers: [{ provide: CACHE, useValue: client }] })
      class CacheModule {
        onApplicationShutdown() {
          client.end();
        }
      }
      return CacheModule;
    },
    use: (app: INestApplication) =>
      new Promise((resolve, reject) => {
        app
          .get<Memcached>(CACHE)
          .set('key', 'value', 10, (error, stored) => (error ? reject(error) : resolve(stored)));
      }),
    waiting: (app: INestApplication) =>
      app.get<Memcached & { activeQueries: number }>(CACHE).activeQueries,
    connections: () => server.currConnections(),
    async connect() {
      await server.currConnections();
    },
  };
}

/** Starts a server and all that belongs to it. */
export const RESOURCES: Record<ResourceName, () => Promise<Resource>> = {
  postgres: async () => (await database(startPostgres())) as Resource,
  mariadb: async () => (await database(startMariadb())) as Resource,
  memcached: cache,
};
