import { isMysql2, leavesAlone, mysqlPool, poolsOfCluster, stopRetries } from './mysql-pool.js';
import type { Pool } from './pool.js';
import { postgresPool } from './postgres-pool.js';

/** Asks for one row. What comes back is a list of rows, or the answer is none. */
export type Ask = () => unknown;

/** What is read of a TypeORM driver. What is not of its public `Driver` interface may change. */
interface DriverFields {
  /** TypeORM's `Driver` interface: the table a constant is selected from, such as `DUAL`. */
  dummyTableName?: string;
  /** The pool of pg, and those of the replicas under replication. */
  master?: unknown;
  slaves?: unknown[];
  /** The pool of mysql2, without replication. */
  pool?: unknown;
  /** The pools of mysql2 under replication: `MASTER`, `SLAVE0`, … */
  poolCluster?: unknown;
  /** The library, which makes the pools. */
  postgres?: { Pool?: PoolConstructor };
  mysql?: { createPool?: (options: object) => unknown };
  /** TypeORM's `Driver` interface. */
  connect?: () => Promise<void>;
  /** The one connection of better-sqlite3 or sql.js. */
  databaseConnection?: unknown;
  /** MongoDB's runner, which holds its client. */
  queryRunner?: { databaseConnection?: unknown };
}

/** Upper case, since the spanner and sql.js drivers test for it. */
export function probeQuery(driver: object): string {
  const { dummyTableName } = driver as DriverFields;
  return dummyTableName ? `SELECT 1 FROM ${dummyTableName}` : 'SELECT 1';
}

/**
 * The driver's own pool of the primary, or of a replica counted from 0.
 *
 * Under replication mysql2's cluster is bypassed: with TypeORM's defaults one acquisition from a
 * refused node retries five times and then deletes the node for ever.
 */
export function rawPoolOf(driver: object, replica?: number): unknown {
  const { master, slaves, pool, poolCluster } = driver as DriverFields;
  return (
    (replica === undefined ? (master ?? pool) : slaves?.[replica]) ??
    poolsOfCluster(poolCluster)?.[nodeName(replica)]
  );
}

/** What TypeORM calls a server in mysql2's cluster. */
const nodeName = (replica?: number) => (replica === undefined ? 'MASTER' : `SLAVE${replica}`);

/** Whether the pools it makes will be of a kind that is not known: TypeORM 0.3 takes the package mysql too. */
export function makesUnknownPools(driver: object): boolean {
  const { mysql } = driver as DriverFields;
  return mysql !== undefined && !isMysql2(mysql);
}

/** A raw pool as a probe uses it, if its connections can be seen and killed. */
export function adaptPool(raw: unknown): Pool | undefined {
  return postgresPool(raw) ?? mysqlPool(raw);
}

/** Whether mysql2 has deleted a server from its cluster. */
export function isDeleted(driver: object, replica?: number): boolean {
  const pools = poolsOfCluster((driver as DriverFields).poolCluster);
  return pools !== undefined && !pools[nodeName(replica)];
}

/** Whether mysql2's cluster gives no connection to a server for now, even when that is back. */
export const isSuspended = (driver: object, replica?: number): boolean =>
  leavesAlone((driver as DriverFields).poolCluster, nodeName(replica));

/**
 * How a driver that has no pool is asked, past TypeORM's logger and subscribers. `undefined` when it
 * is none of those that are known: then TypeORM has to ask.
 */
export function askDirectly(driver: object): Ask | undefined {
  const { databaseConnection, queryRunner } = driver as DriverFields;
  const sqlite = databaseConnection as BetterSqlite3 | SqlJs | undefined;
  const mongo = queryRunner?.databaseConnection as MongoClient | undefined;
  if (typeof mongo?.db === 'function') {
    return async () => [await mongo.db().command({ ping: 1 })];
  }
  if (sqlite && 'pragma' in sqlite) {
    return () => sqlite.prepare(probeQuery(driver)).all();
  }
  if (sqlite && 'getRowsModified' in sqlite) {
    return () => sqlite.exec(probeQuery(driver));
  }
  return undefined;
}

/** Every pool of mysql2's cluster, which it has before any of them is connected. */
export function clusterPoolsOf(driver: object): unknown[] {
  return Object.values(poolsOfCluster((driver as DriverFields).poolCluster) ?? {});
}

/** Makes a driver that connects fail with the first connection that fails. */
export function failAtOnce(driver: object): void {
  stopRetries((driver as DriverFields).poolCluster);
}

/**
 * Tells of the pools a driver makes while it connects, and when it is through. Returns how to stop,
 * which leaves the driver as it was. A driver whose library is not known makes its pools unseen.
 */
export function watchConnecting(
  driver: object,
  { onPool, onConnected }: { onPool(raw: unknown): void; onConnected(): void },
): () => void {
  const fields = driver as DriverFields;
  const { postgres, mysql, connect } = fields;
  const seen = <T>(pool: T): T => {
    onPool(pool);
    return pool;
  };
  if (postgres?.Pool) {
    const construct = (Pool: PoolConstructor, [options]: unknown[]) => seen(new Pool(options));
    const value = new Proxy(postgres.Pool, { construct });
    fields.postgres = Object.create(postgres, { Pool: { value } }) as typeof postgres;
  }
  if (mysql?.createPool) {
    const { createPool } = mysql;
    const value = (options: object) => seen(createPool(options));
    fields.mysql = Object.create(mysql, { createPool: { value } }) as typeof mysql;
  }
  const own = Object.getOwnPropertyDescriptor(fields, 'connect');
  fields.connect = async () => {
    await connect?.call(driver);
    onConnected();
  };
  return () => {
    if (postgres) fields.postgres = postgres;
    if (mysql) fields.mysql = mysql;
    if (own) Object.defineProperty(fields, 'connect', own);
    else delete fields.connect;
  };
}

type PoolConstructor = new (options: unknown) => object;
interface BetterSqlite3 {
  pragma: unknown;
  prepare(sql: string): { all(): unknown[] };
}
interface SqlJs {
  getRowsModified: unknown;
  exec(sql: string): unknown[];
}
interface MongoClient {
  db(): { command(command: object): Promise<unknown> };
}
