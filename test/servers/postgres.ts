import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { findBinary } from './binary.js';
import type { InitStep } from './data-dir.js';
import { freePort } from './free-port.js';
import type { ServerCommand } from './process.js';
import { APP, QUERY_DEADLINE_MS, SqlServer, type SqlServerOptions } from './sql-server.js';

const ADMIN = 'postgres';
const PASSWORD = 'pg-s3cret';

/** Each database is 300 files to copy, so the one that initdb makes is used and a spare one dropped. */
const SETUP = `
CREATE ROLE ${APP} LOGIN PASSWORD '${PASSWORD}';
ALTER DATABASE postgres RENAME TO ${APP};
ALTER DATABASE ${APP} OWNER TO ${APP};
ALTER DATABASE template0 IS_TEMPLATE false;
DROP DATABASE template0;
`;

/** A real PostgreSQL. */
export class PostgresServer extends SqlServer<'postgres'> {
  readonly type = 'postgres';
  readonly password = PASSWORD;
  protected readonly connectionsQuery = `
    SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND usename = '${APP}'`;
  readonly #initdb = findBinary('initdb', 'postgresql');
  readonly #postgres = join(dirname(this.#initdb), 'postgres');

  async query(sql: string): Promise<Record<string, unknown>[]> {
    const client = new Client({
      host: this.dir,
      port: this.port,
      user: ADMIN,
      database: APP,
      connectionTimeoutMillis: QUERY_DEADLINE_MS,
      query_timeout: QUERY_DEADLINE_MS,
    });
    client.on('error', () => {}); // the server may end before the connection; queries reject anyway
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  querySync(sql: string): void {
    const psql = join(dirname(this.#initdb), 'psql');
    const login = [`--host=${this.dir}`, `--port=${this.port}`, `--username=${ADMIN}`, APP];
    execFileSync(psql, [...login, '--command', sql]);
  }

  /** Makes it start as a standby next time, until `pg_promote()`. */
  becomeStandby(): void {
    writeFileSync(join(this.dataDir, 'standby.signal'), '');
  }

  protected initSteps(): InitStep[] {
    const access = ['--auth-local=trust', '--auth-host=scram-sha-256'];
    const content = ['--encoding=UTF8', '--locale=C', '--wal-segsize=1'];
    return [
      {
        file: this.#initdb,
        args: (dataDir) => [
          `--pgdata=${dataDir}`,
          `--username=${ADMIN}`,
          ...access,
          ...content,
          '--no-sync',
        ],
      },
      {
        file: this.#postgres,
        args: (dataDir) => ['--single', '-D', dataDir, '-c', 'fsync=off', 'template1'],
        input: SETUP,
      },
    ];
  }

  protected command(): ServerCommand {
    const settings = Object.entries({
      listen_addresses: '127.0.0.1',
      port: this.port,
      unix_socket_directories: this.dir,
      fsync: 'off',
      dynamic_shared_memory_type: 'mmap', // in the data directory: a kill leaves nothing elsewhere
      ...this.settings,
    });
    return {
      file: this.#postgres,
      args: [
        '-D',
        this.dataDir,
        ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      stopSignal: 'SIGINT', // the "fast" shutdown: SIGTERM would wait for the clients to leave
    };
  }
}

/** Starts a PostgreSQL of its own for the test. */
export async function startPostgres(options: SqlServerOptions = {}): Promise<PostgresServer> {
  const server = new PostgresServer(await freePort(), options);
  await server.start();
  return server;
}
