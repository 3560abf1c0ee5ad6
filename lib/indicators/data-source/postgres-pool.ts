import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Pool, PooledConnection } from './pool.js';
import { dialledName, runOutsidePool } from './sockets.js';

// Public API of pg and pg-pool.
interface PgClient {
  connect(): Promise<void>;
  query(sql: string): Promise<{ rows: unknown[] }>;
  end(): Promise<void>;
  on(event: 'error', listener: () => void): void;
  off(event: 'error', listener: () => void): void;
}
interface PgPool {
  readonly Client: new (options: object | undefined) => PgClient;
  readonly options?: { readonly stream?: unknown };
  readonly ending: boolean;
  on(event: 'acquire', listener: () => void): void;
  connect(
    done?: (error: Error | undefined, client: PgClient, release: (error?: Error) => void) => void,
  ): void;
  end(): Promise<void>;
}

// Private: pg-pool's lists of members and of waiting requests, the mark of a request that timed out, and the
// socket, the host and the state of a pg client. Without the lists a pool is not recognized, and TypeORM
// runs the query; without the socket (pg-native) nothing can be cancelled, and each ping joins the one
// that is under way.
interface PgPoolFields {
  readonly _clients: readonly unknown[];
  readonly _pendingQueue: readonly PgTicket[];
}
interface PgTicket {
  readonly timedOut?: boolean;
}
interface PgClientFields {
  readonly connection?: { readonly stream?: Socket };
  readonly host?: string;
  readonly port?: number;
  readonly _connected?: boolean;
}

const ignore = () => {};
const socketOf = (client: unknown) => (client as PgClientFields).connection?.stream;

function hostOf({ options }: PgPool, client: unknown): string | undefined {
  if (options?.stream) return dialledName(socketOf(client));
  const { host } = client as PgClientFields;
  return host?.startsWith('/') ? undefined : host;
}

/** The pool of pg, which TypeORM uses for postgres and cockroachdb. */
export function postgresPool(candidate: unknown): Pool | undefined {
  const pool = candidate as (PgPool & PgPoolFields) | undefined;
  if (!pool?.connect || !Array.isArray(pool._clients) || !Array.isArray(pool._pendingQueue)) {
    return undefined;
  }
  return {
    acquire: () => acquire(pool),
    isClosed: () => pool.ending,
    members: () => pool._clients,
    isOpening: (client) => (client as PgClientFields)._connected === false,
    socketOf,
    addressOf: (client) => {
      const { host, port } = client as PgClientFields;
      return `${host}:${port}`;
    },
    hostOf: (client) => hostOf(pool, client),
    waitQueue: () => pool._pendingQueue,
    onServed: (listener) => pool.on('acquire', listener),
    hasTimedOut: (ticket) => (ticket as PgTicket).timedOut === true,
    queryOutside: (sql, signal) => queryOutside(pool, sql, signal),
    // Rejects when the pool has ended.
    end: () => void pool.end().catch(ignore),
    provesAlive,
  };
}

/**
 * Lets the first connection of a pool fail while `mayFail()`. TypeORM acquires one from the pool of each
 * replica before it counts as connected, and releases it at once. The pool opens another one on use.
 */
export function allowFirstFailure(raw: unknown, mayFail: () => boolean): void {
  const pool = raw as { connect?: PgPool['connect'] };
  const { connect } = pool as PgPool;
  pool.connect = (done) => {
    delete pool.connect;
    // A promise is returned to a caller without a callback.
    if (!done) return connect.call(raw);
    return connect.call(raw, (error, client, release) => {
      if (error && mayFail()) done(undefined, new EventEmitter() as unknown as PgClient, ignore);
      else done(error, client, release);
    });
  };
}

// admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_session_timeout
const SERVES_NOBODY = ['57P01', '57P02', '57P03', '57P04', '57P05'];
// PgBouncer uses one SQLSTATE for all its errors. These words mean that its PostgreSQL is gone.
const BACKEND_IS_GONE = /server login|server conn crashed|server_login_retry|shutting down/i;

/** Only an ErrorResponse has a severity next to its SQLSTATE: the code `EPIPE` looks like a SQLSTATE. */
function provesAlive(error: unknown): boolean {
  const { severity, code, message } = Object(error) as Record<string, unknown>;
  if (typeof severity !== 'string' || typeof code !== 'string') return false;
  const isPoolerError = code === '08P01';
  return !SERVES_NOBODY.includes(code) && !(isPoolerError && BACKEND_IS_GONE.test(String(message)));
}

function acquire(pool: PgPool): Promise<PooledConnection> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client, done) => {
      if (error) {
        reject(error);
        return;
      }
      // pg-pool removes its own listener while a client is acquired: an error without a listener is fatal.
      client.on('error', ignore);
      const giveBack = (broken?: Error) => {
        client.off('error', ignore);
        done(broken);
      };
      resolve({
        socket: socketOf(client),
        query: async (sql) => (await client.query(sql)).rows,
        release: () => giveBack(),
        discard: () => giveBack(new Error('a health check failed on this connection')),
      });
    });
  });
}

function queryOutside(pool: PgPool, sql: string, signal: AbortSignal): Promise<unknown> {
  const client = new pool.Client(pool.options);
  client.on('error', ignore);
  return runOutsidePool(
    () => socketOf(client),
    () => hostOf(pool, client),
    signal,
    async () => {
      await client.connect();
      const { rows } = await client.query(sql);
      await client.end();
      return rows;
    },
  );
}
