import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Pool, PooledConnection } from './pool.js';
import { dialledName, runOutsidePool } from './sockets.js';

// Public API of mysql2.
interface MysqlConnection {
  query(sql: string, done: (error: Error | null, rows: unknown) => void): void;
  end(done: () => void): void;
  on(event: 'error', listener: () => void): void;
  off(event: 'error', listener: () => void): void;
}
interface MysqlPoolConnection extends MysqlConnection {
  release(): void;
  destroy(): void;
}
interface MysqlPool {
  getConnection(done: (error: Error | null, connection: MysqlPoolConnection) => void): void;
  end(done: () => void): void;
  on(event: 'acquire', listener: () => void): void;
}

// Private: mysql2's lists of members and of waiting requests, whether a pool is closed, the options of its
// connections, and the socket, the options and the state of one. Without the lists a pool is not
// recognized, and TypeORM runs the query; without the socket nothing can be cancelled, and each ping joins
// the one that is under way. And of a cluster: its nodes, without which its replicas are not pinged; until
// when it suspends one, without which that is not reported; and whether it dials again.
interface Queue {
  readonly length: number;
  get(index: number): unknown;
}
interface MysqlPoolFields {
  readonly _allConnections: Queue;
  readonly _connectionQueue: Queue;
  readonly _closed?: boolean;
  readonly config: { readonly connectionConfig: object };
}
interface MysqlClusterFields {
  _canRetry?: boolean;
  readonly _nodes?: Readonly<Record<string, MysqlNode | undefined>>;
}
interface MysqlNode {
  readonly pool?: unknown;
  readonly _offlineUntil?: number;
}
interface MysqlConnectionFields {
  readonly stream?: Socket;
  readonly config?: {
    readonly host?: string;
    readonly port?: number;
    readonly socketPath?: string;
    readonly stream?: unknown;
  };
  readonly authorized?: boolean;
}

const isQueue = (value: unknown): value is Queue =>
  typeof (value as Queue | undefined)?.get === 'function';
// The socket, since `connection.destroy()` never settles the query under way.
const socketOf = (connection: unknown) => (connection as MysqlConnectionFields).stream;
const ignore = () => {};

function hostOf(connection: unknown): string | undefined {
  const { host, socketPath, stream } = (connection as MysqlConnectionFields).config ?? {};
  if (stream) return dialledName(socketOf(connection));
  return socketPath ? undefined : host;
}

/** Whether the package is mysql2, and not mysql, whose pools are different. */
export const isMysql2 = (library: object): boolean => 'createServer' in library;

/** The pool of mysql2, which TypeORM uses for mysql and mariadb. */
export function mysqlPool(candidate: unknown): Pool | undefined {
  const pool = candidate as (MysqlPool & MysqlPoolFields) | undefined;
  if (!pool?.getConnection || !isQueue(pool._allConnections) || !isQueue(pool._connectionQueue)) {
    return undefined;
  }
  // Later all connections may be gone.
  let Connection = connectionClass(pool._allConnections.get(0));
  return {
    acquire: () => acquire(pool),
    isClosed: () => pool._closed === true,
    members: () => listOf(pool._allConnections),
    isOpening: (connection) => (connection as MysqlConnectionFields).authorized === false,
    socketOf,
    addressOf(connection) {
      const { host, port, socketPath } = (connection as MysqlConnectionFields).config ?? {};
      return socketPath ?? `${host}:${port}`;
    },
    hostOf,
    waitQueue: () => listOf(pool._connectionQueue),
    // Not emitted for a request of the wait queue. That one is seen to leave the queue: none times out.
    onServed: (listener) => pool.on('acquire', listener),
    hasTimedOut: () => false,
    async queryOutside(sql, signal) {
      Connection ??= connectionClass(pool._allConnections.get(0));
      if (!Connection) throw new Error('the pool of mysql2 has no connection to copy');
      return runOn(new Connection({ config: pool.config.connectionConfig }), sql, signal);
    },
    end: () => pool.end(ignore),
    provesAlive,
  };
}

const SERVES_NOBODY = [
  1047, // ER_UNKNOWN_COM_ERROR: a Galera node that has lost its cluster
  1053, // ER_SERVER_SHUTDOWN
  1077, // ER_NORMAL_SHUTDOWN
  1079, // ER_SHUTDOWN_COMPLETE
  1927, // ER_CONNECTION_KILLED, of MariaDB
  3032, // ER_SERVER_OFFLINE_MODE
  9001, // ProxySQL: no server of the host group responds
];
// Codes of the client library: sent by a proxy, such as MySQL Router, which cannot reach its server.
const isClientError = (errno: number) => errno >= 2000 && errno < 3000;

/** Only an error packet has a `sqlState`, empty ahead of the handshake: the `errno` of a socket is negative. */
function provesAlive(error: unknown): boolean {
  const { sqlState, errno } = Object(error) as Record<string, unknown>;
  if (typeof sqlState !== 'string' || typeof errno !== 'number') return false;
  return !SERVES_NOBODY.includes(errno) && !isClientError(errno);
}

const listOf = (queue: Queue) => Array.from({ length: queue.length }, (_, n) => queue.get(n));

/** The pools of a cluster by the names of its nodes, which it has before any of them is connected. */
export function poolsOfCluster(cluster: unknown): Readonly<Record<string, unknown>> | undefined {
  const nodes = (cluster as MysqlClusterFields | undefined)?._nodes;
  return (
    nodes && Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, node?.pool]))
  );
}

/** Whether a cluster does not use a node for now (`restoreNodeTimeout`), by the clock of the cluster. */
export function isSuspendedIn(cluster: unknown, name: string): boolean {
  const { _offlineUntil = 0 } = (cluster as MysqlClusterFields | undefined)?._nodes?.[name] ?? {};
  return _offlineUntil > 0 && _offlineUntil > Number(process.hrtime.bigint()) / 1e6;
}

function acquire(pool: MysqlPool): Promise<PooledConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error) {
        reject(error);
        return;
      }
      connection.on('error', ignore);
      resolve({
        socket: socketOf(connection),
        query: (sql) => query(connection, sql),
        release() {
          connection.off('error', ignore);
          connection.release();
        },
        // The listener stays: a last error of the connection must not be fatal.
        discard: () => connection.destroy(),
      });
    });
  });
}

function query(connection: MysqlConnection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
  });
}

function runOn(connection: MysqlConnection, sql: string, signal: AbortSignal): Promise<unknown> {
  connection.on('error', ignore);
  return runOutsidePool(
    () => socketOf(connection),
    () => hostOf(connection),
    signal,
    async () => {
      const rows = await query(connection, sql);
      await new Promise<void>((resolve) => connection.end(resolve));
      return rows;
    },
  );
}

/** A cluster whose connection is destroyed would dial four times more. */
export function stopRetriesOf(cluster: unknown): void {
  const fields = cluster as MysqlClusterFields | undefined;
  if (fields?._canRetry) fields._canRetry = false;
}

type ConnectionClass = new (options: { config: object }) => MysqlConnection;

/**
 * mysql2 creates a connection from resolved options only by its class, which that of a pooled connection
 * extends: in 3.11.5 to 3.19.1 by way of a class that requires a pool.
 */
function connectionClass(pooled: unknown): ConnectionClass | undefined {
  let candidate: unknown = pooled?.constructor;
  for (let base = candidate; typeof base === 'function' && base !== EventEmitter;) {
    candidate = base;
    base = Object.getPrototypeOf(base);
  }
  return typeof candidate === 'function' ? (candidate as ConnectionClass) : undefined;
}
