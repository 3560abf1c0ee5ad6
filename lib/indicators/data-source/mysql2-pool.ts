import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { HeldConnection, Pool } from './connection-pool.js';

interface MysqlConnection {
  query(sql: string, done: (error: Error | null, rows: unknown) => void): void;
  end(done: () => void): void;
  on(event: 'error', listener: () => void): void;
  off(event: 'error', listener: () => void): void;
  // Private. Without the socket nothing can be cancelled: the one run is waited for.
  readonly stream?: Socket;
  readonly config?: {
    readonly host?: string;
    readonly port?: number;
    readonly socketPath?: string;
  };
  readonly authorized?: boolean;
}
interface PooledConnection extends MysqlConnection {
  release(): void;
  destroy(): void;
}
interface Queue {
  readonly length: number;
  get(index: number): unknown;
}
interface MysqlPool {
  getConnection(done: (error: Error | null, connection: PooledConnection) => void): void;
  end(done: () => void): void;
  on(event: 'acquire', listener: () => void): void;
  // Private. Without these lists a pool is not recognised, and TypeORM's own query is the ping.
  readonly _allConnections: Queue;
  readonly _connectionQueue: Queue;
  readonly _closed?: boolean;
  readonly config: { readonly connectionConfig: object };
}

const ignore = () => {};
const isQueue = (value: Queue | undefined) => typeof value?.get === 'function';
const listOf = (queue: Queue) => Array.from({ length: queue.length }, (_, n) => queue.get(n));

/** Tells it from the package mysql, whose pools are different. */
export const isMysql2 = (library: object): boolean => 'createServer' in library;

/** The pool of mysql2, which TypeORM uses for mysql and mariadb. */
export function mysql2Pool(candidate: object): Pool | undefined {
  const pool = candidate as MysqlPool;
  const { _allConnections: members, _connectionQueue: waiters } = pool;
  if (!pool.getConnection || !isQueue(members) || !isQueue(waiters)) return undefined;
  // Later the pool may be empty.
  let Connection = connectionClass(members.get(0));
  let served = 0;
  let head: unknown;
  pool.on('acquire', () => served++);
  return {
    async acquire() {
      const connection = await acquire(pool);
      served++;
      return connection;
    },
    isClosed: () => pool._closed === true,
    members: () => listOf(members),
    inspect(connection) {
      const { stream, config, authorized } = connection as MysqlConnection;
      const { host, port, socketPath } = config ?? {};
      return {
        // `connection.destroy()` never settles the query that runs, the end of its socket does.
        socket: stream,
        address: socketPath ?? `${host}:${port}`,
        isOpening: authorized === false,
      };
    },
    waiters: () => listOf(waiters),
    // mysql2 emits nothing when it serves a waiter. The head of its queue changes then, and only then:
    // waiters have no timeout.
    served() {
      const before = head;
      head = waiters.get(0);
      return head === before ? served : ++served;
    },
    queryOutside(sql) {
      Connection ??= connectionClass(members.get(0));
      if (!Connection) throw new Error('mysql2 shows no connection to make another one like it');
      const connection = new Connection({ config: pool.config.connectionConfig });
      connection.on('error', ignore);
      return { connection, rows: queryOnce(connection, sql) };
    },
    end: () => pool.end(ignore),
    provesAlive,
  };
}

function acquire(pool: MysqlPool): Promise<HeldConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error) return reject(error);
      connection.on('error', ignore);
      resolve({
        socket: connection.stream,
        query: (sql) => query(connection, sql),
        release({ broken } = { broken: false }) {
          // Else the listener stays: a late error of a dying connection must not be fatal.
          if (broken) return connection.destroy();
          connection.off('error', ignore);
          connection.release();
        },
      });
    });
  });
}

function query(connection: MysqlConnection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
  });
}

async function queryOnce(connection: MysqlConnection, sql: string): Promise<unknown> {
  const rows = await query(connection, sql);
  await new Promise<void>((resolve) => connection.end(resolve));
  return rows;
}

type ConnectionClass = new (options: { config: object }) => MysqlConnection;

/**
 * mysql2 makes a connection from complete options only by its class, which a pooled one extends: in
 * 3.11.5 to 3.19.1 in two steps, of which the nearer one needs a pool.
 */
function connectionClass(pooled: unknown): ConnectionClass | undefined {
  let candidate: unknown = pooled?.constructor;
  for (let base = candidate; typeof base === 'function' && base !== EventEmitter;) {
    candidate = base;
    base = Object.getPrototypeOf(base);
  }
  return typeof candidate === 'function' ? (candidate as ConnectionClass) : undefined;
}

const SERVES_NOBODY = [
  1047, // ER_UNKNOWN_COM_ERROR: a Galera node that has lost its cluster
  1053, // ER_SERVER_SHUTDOWN
  1077, // ER_NORMAL_SHUTDOWN
  1079, // ER_SHUTDOWN_COMPLETE
  1927, // ER_CONNECTION_KILLED, of MariaDB
  3032, // ER_SERVER_OFFLINE_MODE
  9001, // ProxySQL: no server of the host group answers
];
// Codes of the client library: sent by a proxy, such as MySQL Router, that cannot reach its server.
const isClientError = (errno: number) => errno >= 2000 && errno < 3000;

/** Only an error packet has a `sqlState`, empty ahead of the handshake: the `errno` of a socket is negative. */
function provesAlive(error: unknown): boolean {
  const { sqlState, errno } = Object(error) as Record<string, unknown>;
  if (typeof sqlState !== 'string' || typeof errno !== 'number') return false;
  return !SERVES_NOBODY.includes(errno) && !isClientError(errno);
}

/** A server in a cluster of mysql2; private, as all of a cluster. */
interface ClusterNode {
  readonly pool?: object;
  readonly _offlineUntil?: number;
}
interface Cluster {
  _canRetry?: boolean;
  readonly _nodes?: Readonly<Record<string, ClusterNode | undefined>>;
}

/** The servers of a cluster by name, there before any is connected; undefined where it hides them. */
export const clusterNodes = (cluster: unknown) => (cluster as Cluster | undefined)?._nodes;

/** Whether the cluster skips a server for now (`restoreNodeTimeout`), by the clock that mysql2 uses. */
export const isOffline = ({ _offlineUntil = 0 }: ClusterNode): boolean =>
  _offlineUntil > 0 && _offlineUntil > Number(process.hrtime.bigint()) / 1e6;

/** A cluster whose connection is cut off would dial four times more. */
export function stopRetries(cluster: unknown): void {
  const fields = cluster as Cluster | undefined;
  if (fields?._canRetry) fields._canRetry = false;
}
