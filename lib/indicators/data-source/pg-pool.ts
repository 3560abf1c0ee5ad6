import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { HeldConnection, Pool } from './connection-pool.js';

interface PgClient {
  connect(): Promise<void>;
  query(sql: string): Promise<{ rows: unknown[] }>;
  end(): Promise<void>;
  on(event: 'error', listener: () => void): void;
  off(event: 'error', listener: () => void): void;
  // Private. Without the socket (pg-native) nothing can be cancelled: the one run is waited for.
  readonly connection?: { readonly stream?: Socket };
  readonly host?: string;
  readonly port?: number;
  readonly _connected?: boolean;
}
type Done = (error: Error | undefined, client: PgClient, release: (error?: Error) => void) => void;
interface PgPool {
  readonly Client: new (options: object | undefined) => PgClient;
  readonly options?: object;
  readonly ending: boolean;
  on(event: 'acquire', listener: () => void): void;
  connect(done?: Done): unknown;
  end(): Promise<void>;
  // Private. Without these lists a pool is not recognised, and TypeORM's own query is the ping.
  readonly _clients: readonly PgClient[];
  readonly _pendingQueue: readonly unknown[];
}

const ignore = () => {};

/** The pool of pg, which TypeORM uses for postgres and cockroachdb. */
export function pgPool(candidate: object): Pool | undefined {
  const pool = candidate as PgPool;
  if (!pool.connect || !Array.isArray(pool._clients) || !Array.isArray(pool._pendingQueue)) {
    return undefined;
  }
  let served = 0;
  pool.on('acquire', () => served++);
  return {
    acquire: () => acquire(pool),
    isClosed: () => pool.ending,
    members: () => pool._clients,
    inspect(client) {
      const { connection, host, port, _connected } = client as PgClient;
      return {
        socket: connection?.stream,
        address: `${host}:${port}`,
        isOpening: _connected === false,
      };
    },
    waiters: () => pool._pendingQueue,
    served: () => served,
    queryOutside(sql) {
      const client = new pool.Client(pool.options);
      client.on('error', ignore);
      return { connection: client, rows: queryOnce(client, sql) };
    },
    // Rejects when it was ended before.
    end: () => void pool.end().catch(ignore),
    provesAlive,
    tolerateFirstFailure: (mayFail) => tolerateFirstFailure(pool, mayFail),
  };
}

function acquire(pool: PgPool): Promise<HeldConnection> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client, done) => {
      if (error) return reject(error);
      // pg-pool removes its own listener while a client is out: an error without a listener is fatal.
      client.on('error', ignore);
      resolve({
        socket: client.connection?.stream,
        query: async (sql) => (await client.query(sql)).rows,
        release({ broken } = { broken: false }) {
          client.off('error', ignore);
          done(broken ? new Error('a health check failed on this connection') : undefined);
        },
      });
    });
  });
}

async function queryOnce(client: PgClient, sql: string): Promise<unknown> {
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

/**
 * TypeORM takes a connection from the pool of each replica before it counts as connected, and gives it
 * back at once. In place of one that failed it gets a stand-in; the pool opens another one on use.
 */
function tolerateFirstFailure(pool: { connect?: PgPool['connect'] }, mayFail: () => boolean): void {
  const { connect } = pool as PgPool;
  pool.connect = (done) => {
    delete pool.connect;
    // A caller without a callback gets a promise.
    if (!done) return connect.call(pool);
    return connect.call(pool, (error, client, release) => {
      if (error && mayFail()) done(undefined, new EventEmitter() as unknown as PgClient, ignore);
      else done(error, client, release);
    });
  };
}

// admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_session_timeout
const SERVES_NOBODY = ['57P01', '57P02', '57P03', '57P04', '57P05'];
// PgBouncer has one SQLSTATE for all its errors. These words mean that its PostgreSQL is gone.
const BACKEND_IS_GONE = /server login|server conn crashed|server_login_retry|shutting down/i;

/** Only an ErrorResponse has a severity next to its SQLSTATE: the code `EPIPE` looks like a SQLSTATE. */
function provesAlive(error: unknown): boolean {
  const { severity, code, message } = Object(error) as Record<string, unknown>;
  if (typeof severity !== 'string' || typeof code !== 'string') return false;
  const isPoolerError = code === '08P01';
  return !SERVES_NOBODY.includes(code) && !(isPoolerError && BACKEND_IS_GONE.test(String(message)));
}
