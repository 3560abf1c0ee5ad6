import type { Pool } from './pool.js';

// Public API of pg and pg-pool.
interface PgClient {
  query(sql: string): Promise<{ rows: unknown[] }>;
  on(event: 'error', listener: () => void): void;
  off(event: 'error', listener: () => void): void;
}
interface PgPool {
  connect(
    done: (error: Error | undefined, client: PgClient, release: (error?: Error) => void) => void,
  ): void;
}

// Private: pg-pool's list of members, and the socket of a pg client. Without the list a connection
// that is being opened is not told from a busy pool; without the socket (pg-native) nothing can be
// cancelled. Either way the one run under way is waited for.
interface PgPoolFields {
  _clients?: unknown[];
}
interface PgClientFields {
  connection?: { stream?: { destroy?: (error: Error) => void } };
}

const kill = (client: unknown, reason: Error) =>
  (client as PgClientFields).connection?.stream?.destroy?.(reason);

/** The pool of pg, which TypeORM uses for postgres and cockroachdb. */
export function postgresPool(candidate: unknown): Pool | undefined {
  const pool = candidate as (PgPool & PgPoolFields) | undefined;
  if (typeof pool?.connect !== 'function' || !Array.isArray(pool._clients)) {
    return undefined;
  }
  return {
    acquire: () => acquire(pool),
    members: () => pool._clients ?? [],
    kill,
  };
}

function acquire(pool: PgPool): ReturnType<Pool['acquire']> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client, done) => {
      if (error) {
        reject(error);
        return;
      }
      // pg-pool takes its own listener off while a client is out: an error nobody hears is fatal.
      let broken: Error | undefined;
      const onError = (reason?: Error) => (broken = reason ?? new Error('connection lost'));
      client.on('error', onError);
      resolve({
        query: async (sql) => (await client.query(sql)).rows,
        kill: (reason) => {
          broken = reason;
          kill(client, reason);
        },
        release: () => {
          client.off('error', onError);
          done(broken);
        },
      });
    });
  });
}
