import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { findBinary } from './binary.js';
import type { InitStep } from './data-dir.js';
import { freePort } from './free-port.js';
import type { ServerCommand } from './process.js';
import { APP, QUERY_DEADLINE_MS, SqlServer, type SqlServerOptions } from './sql-server.js';

const PACKAGE = 'mariadb-server';
const PASSWORD = 'my-s3cret';
const SETUP = `
FLUSH PRIVILEGES;
CREATE DATABASE ${APP};
CREATE USER ${APP}@'127.0.0.1' IDENTIFIED BY '${PASSWORD}';
GRANT ALL ON ${APP}.* TO ${APP}@'127.0.0.1';
`;

/** Small files and no fsync, but a commit still survives {@link MariadbServer.kill}. */
const COMMON = [
  '--no-defaults', // the first, or it is refused
  '--skip-name-resolve',
  '--innodb-buffer-pool-size=8M',
  '--innodb-log-file-size=4M',
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-flush-method=nosync',
];

/** A real MariaDB. */
export class MariadbServer extends SqlServer<'mariadb'> {
  readonly type = 'mariadb';
  readonly password = PASSWORD;
  protected readonly connectionsQuery = `
    SELECT count(*) AS count FROM information_schema.processlist
    WHERE user IN ('${APP}', 'unauthenticated user')`;
  readonly #mariadbd = findBinary('mariadbd', PACKAGE);
  readonly #client = findBinary('mariadb', PACKAGE);
  readonly #installer = findBinary('mariadb-install-db', PACKAGE);

  async query(sql: string): Promise<Record<string, unknown>[]> {
    const connection = await createConnection({
      socketPath: this.#socket,
      user: 'root',
      connectTimeout: QUERY_DEADLINE_MS,
    });
    try {
      const [rows] = await connection.query<RowDataPacket[]>({ sql, timeout: QUERY_DEADLINE_MS });
      return rows;
    } finally {
      connection.destroy();
    }
  }

  querySync(sql: string): void {
    execFileSync(this.#client, [
      '--no-defaults',
      `--socket=${this.#socket}`,
      '--user=root',
      '-e',
      sql,
    ]);
  }

  protected initSteps(): InitStep[] {
    return [
      {
        file: this.#installer,
        args: (dataDir) => [
          ...COMMON,
          `--datadir=${dataDir}`,
          '--auth-root-authentication-method=normal',
          '--skip-test-db',
        ],
      },
      {
        file: this.#mariadbd,
        args: (dataDir) => [...COMMON, `--datadir=${dataDir}`, '--bootstrap'],
        input: SETUP,
      },
    ];
  }

  protected command(): ServerCommand {
    const settings = Object.entries(this.settings);
    return {
      file: this.#mariadbd,
      args: [
        ...COMMON,
        `--datadir=${this.dataDir}`,
        `--socket=${this.#socket}`,
        `--pid-file=${join(this.dir, 'pid')}`,
        '--bind-address=127.0.0.1',
        `--port=${this.port}`,
        ...settings.map(([name, value]) => `--${name}=${value}`),
      ],
      stopSignal: 'SIGTERM',
    };
  }

  get #socket(): string {
    return join(this.dir, 'socket');
  }
}

/** Starts a MariaDB of its own for the test. */
export async function startMariadb(options: SqlServerOptions = {}): Promise<MariadbServer> {
  const server = new MariadbServer(await freePort(), options);
  await server.start();
  return server;
}
