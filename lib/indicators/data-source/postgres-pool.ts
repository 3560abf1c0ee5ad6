import type { Socket } from 'node:net';
import { type HeldConnection, kill, type Pool } from './pool.js';

// Public API of pg and pg-pool.
interface PgClient {
  connect(): Promise<void>;
  query(sql: string): Promise<{ rows: unknown[] }>;
  end(): Promise<void>;
  on(event: 'error', listener: () => void): void;
  off(event: 'error', listener: () => void): void;
}
interface PgPool {
  readonly Client: new (options: object) => PgClient;
  readonly options: object;
  connect(
    done: (error: Error | undefined, client: PgClient, release: (error?: Error) => void) => void,
  ): void;
  end(): Promise<void>;
}

// Private: pg-pool's lists of members and of those who wait, and the socket and the host of a pg
// client. Without the lists a pool is not recognised, and TypeORM has to ask; without the socket
// (pg-native) nothing can be cancelled, and the one run under way is waited for.
interface PgPoolFields {
  readonly _clients: readonly unknown[];
  readonly _pendingQueue: readonly unknown[];
}
interface PgClientFields {
  readonly connection?: { readonly stream?: Socket };
  readonly host?: string;
}

const ignore = () => {};
const socketOf = (client: unknown) => (client as PgClientFields).connection?.stream;

/** The pool of pg, which TypeORM uses for postgres and cockroachdb. */
export function postgresPool(candidate: unknown): Pool | undefined {
  const pool = candidate as (PgPool & PgPoolFields) | undefined;
  if (!pool?.connect || !Array.isArray(pool._clients) || !Array.isArray(pool._pendingQueue)) {
    return undefined;
  }
  return {
    acquire: () => acquire(pool),
    members: () => pool._clients,
    socketOf,
    hostOf(client) {
      const { host } = client as PgClientFields;
      return host?.startsWith('/') ? undefined : host;
    },
    line: () => pool._pendingQueue,
    askAside: (sql, signal) => askAside(pool, sql, signal),
    // Rejects when it was ended before.
    end: () => void pool.end().catch(ignore),
    // too_many_connections
    isFull: (error) => (error as { code?: unknown } | null)?.code === '53300',
  };
}

function acquire(pool: PgPool): Promise<HeldConnection> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client, done) => {
      if (error) {
        reject(error);
        return;
      }
      // pg-pool takes its own listener off while a client is out: an error nobody hears is fatal.
      client.on('error', ignore);
      const giveBack = (broken?: Error) => {
        client.off('error', ignore);
        done(broken);
      };
      resolve({
        socket: socketOf(client),
        query: async (sql) => (await client.query(sql)).rows,
        release: () => giveBack(),
        drop: () => giveBack(new Error('a health check failed on this connection')),
      });
    });
  });
}

async function askAside(pool: PgPool, sql: string, signal: AbortSignal): Promise<unknown> {
  const client = new pool.Client(pool.options);
  client.on('error', ignore);
  const abort = () => kill(socketOf(client));
  signal.addEventListener('abort', abort);
  try {
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  } finally {
    signal.removeEventListener('abort', abort);
    abort();
  }
}
