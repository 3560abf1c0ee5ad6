import {
  type MariadbServer,
  type MemcachedServer,
  type PostgresServer,
  startMariadb,
  startMemcached,
  startPostgres,
} from '../../test/servers/index.js';

export interface Databases {
  readonly postgres: PostgresServer;
  readonly mariadb: MariadbServer;
  readonly memcached: MemcachedServer;
}

/** The settings that an app of bench/servers gets. */
export type Addresses = ReturnType<typeof addressesOf>;

export const addressesOf = ({ postgres, mariadb, memcached }: Databases) => ({
  postgres: postgres.typeorm(),
  mysql: { ...mariadb.typeorm(), type: 'mysql' as const },
  memcached: memcached.address,
});

/** Real servers for as long as `use` takes. */
export async function withDatabases<T>(use: (databases: Databases) => Promise<T>): Promise<T> {
  const [postgres, mariadb, memcached] = await Promise.all([
    startPostgres(),
    startMariadb(),
    startMemcached(),
  ]);
  try {
    return await use({ postgres, mariadb, memcached });
  } finally {
    await Promise.all([postgres, mariadb, memcached].map((server) => server.dispose()));
  }
}
