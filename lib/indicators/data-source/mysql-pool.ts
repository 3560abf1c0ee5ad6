import type { Pool } from './pool.js';

// Public API of mysql2 (and of mysql, which it follows).
interface MysqlConnection {
  query(sql: string, done: (error: Error | null, rows: unknown) => void): void;
  on(event: 'error', listener: () => void): void;
  off(event: 'error', listener: () => void): void;
  release(): void;
}
interface MysqlPool {
  getConnection(done: (error: Error | null, connection: MysqlConnection) => void): void;
}

// Private: mysql2's list of members (a queue with `length` and `get()`), and the socket of a connection.
// Without the list a connection that is being opened is not told from a busy pool; without the
// socket nothing can be cancelled. Either way the one run under way is waited for.
interface MysqlPoolFields {
  _allConnections?: { length: number; get?: (index: number) => unknown };
}
interface MysqlConnectionFields {
  stream?: { destroy?: (error: Error) => void };
}

// Not `connection.destroy()`: it never settles the query under way.
const kill = (connection: unknown, reason: Error) =>
  (connection as MysqlConnectionFields).stream?.destroy?.(reason);

/** The pool of mysql2, which TypeORM uses for mysql and mariadb. */
export function mysqlPool(candidate: unknown): Pool | undefined {
  const pool = candidate as (MysqlPool & MysqlPoolFields) | undefined;
  if (typeof pool?.getConnection !== 'function' || !pool._allConnections?.get) {
    return undefined;
  }
  return {
    acquire: () => acquire(pool),
    members: () => {
      const { length = 0, get } = pool._allConnections ?? {};
      return Array.from({ length }, (_, index) => get?.call(pool._allConnections, index));
    },
    kill,
  };
}

const ignore = () => {};

function acquire(pool: MysqlPool): ReturnType<Pool['acquire']> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error) {
        reject(error);
        return;
      }
      connection.on('error', ignore);
      resolve({
        query: (sql) =>
          new Promise((ok, fail) => {
            connection.query(sql, (failure, rows) => (failure ? fail(failure) : ok(rows)));
          }),
        kill: (reason) => kill(connection, reason),
        release: () => {
          connection.off('error', ignore);
          connection.release();
        },
      });
    });
  });
}
