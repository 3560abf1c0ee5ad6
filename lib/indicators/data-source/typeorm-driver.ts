import type { Pool } from './connection-pool.js';
import { clusterNodes, isMysql2, isOffline, mysql2Pool, stopRetries } from './mysql2-pool.js';
import { pgPool } from './pg-pool.js';

type PoolConstructor = new (options: unknown) => object;

/** The fields of a TypeORM driver. All but those of its public `Driver` interface may change. */
interface DriverFields {
  /** Public: the table a constant is selected from, such as `DUAL`. */
  dummyTableName?: string;
  /** Public. */
  connect?: () => Promise<void>;
  /** The pool of pg, and those of the replicas under replication. */
  master?: object;
  slaves?: object[];
  /** The pool of mysql2, without replication. */
  pool?: object;
  /** The pools of mysql2 under replication: `MASTER`, `SLAVE0`, … */
  poolCluster?: unknown;
  /** The library that creates the pools. */
  postgres?: { Pool?: PoolConstructor };
  mysql?: { createPool?: (options: object) => object };
  /** The one connection of better-sqlite3, which has a `pragma`, or of sql.js. */
  databaseConnection?: {
    pragma?: unknown;
    prepare(sql: string): { all(): unknown[] };
    getRowsModified?: unknown;
    exec(sql: string): unknown[];
  };
  /** MongoDB's runner, which holds its client. */
  queryRunner?: {
    databaseConnection?: { db?(): { command(command: object): Promise<unknown> } };
  };
}

/** Upper case, since the spanner and sql.js drivers test for it. */
export function pingQuery(driver: object): string {
  const { dummyTableName } = driver as DriverFields;
  return dummyTableName ? `SELECT 1 FROM ${dummyTableName}` : 'SELECT 1';
}

const pools = new WeakMap<object, Pool>();

/** A driver's pool as a ping uses it, if its connections can be seen: the same one each time. */
function adaptPool(driverPool: object | undefined): Pool | undefined {
  if (!driverPool) return undefined;
  const pool = pools.get(driverPool) ?? pgPool(driverPool) ?? mysql2Pool(driverPool);
  if (pool) pools.set(driverPool, pool);
  return pool;
}

const nodesOf = (driver: object) => clusterNodes((driver as DriverFields).poolCluster);
const nodeOf = (driver: object, replica?: number) =>
  nodesOf(driver)?.[replica === undefined ? 'MASTER' : `SLAVE${replica}`];

/**
 * The pool of the primary, or of a replica counted from 0.
 *
 * Under replication this bypasses mysql2's cluster: with TypeORM's defaults one acquisition from a
 * refused server retries five times and then deletes the server for ever.
 */
export function poolOf(driver: object, replica?: number): Pool | undefined {
  const { master, slaves, pool } = driver as DriverFields;
  const own = replica === undefined ? (master ?? pool) : slaves?.[replica];
  return adaptPool(own ?? nodeOf(driver, replica)?.pool);
}

/** Whether mysql2 has deleted a server from its cluster. */
export const isDeleted = (driver: object, replica?: number): boolean =>
  nodesOf(driver) !== undefined && !nodeOf(driver, replica)?.pool;

/** Whether mysql2's cluster gives no connection to a server for now, even when that is back. */
export function isSuspended(driver: object, replica?: number): boolean {
  if (!(driver as DriverFields).poolCluster) return false;
  const node = nodeOf(driver, replica);
  return node !== undefined && isOffline(node);
}

/** Whether the driver's pools will be of an unknown kind: TypeORM 0.3 takes the package mysql too. */
export function createsUnknownPools(driver: object): boolean {
  const { mysql } = driver as DriverFields;
  return mysql !== undefined && !isMysql2(mysql);
}

/**
 * The ping of a driver without a pool, past TypeORM's logger and subscribers; undefined when the driver
 * is unknown: then TypeORM has to run the query.
 */
export function directPing(driver: object): (() => unknown) | undefined {
  const { databaseConnection: sqlite, queryRunner } = driver as DriverFields;
  const mongo = queryRunner?.databaseConnection;
  if (mongo?.db) return async () => [await mongo.db?.().command({ ping: 1 })];
  if (sqlite?.pragma) return () => sqlite.prepare(pingQuery(driver)).all();
  if (sqlite?.getRowsModified) return () => sqlite.exec(pingQuery(driver));
  return undefined;
}

/** The pools of mysql2's cluster, which are there before any of them is connected. */
export const clusterPoolsOf = (driver: object): Pool[] =>
  Object.values(nodesOf(driver) ?? {})
    .map((node) => adaptPool(node?.pool))
    .filter((pool) => pool !== undefined);

/** Makes a driver that connects fail with the first connection that fails. */
export const failFast = (driver: object): void => stopRetries((driver as DriverFields).poolCluster);

/**
 * Reports the pools that a driver creates while it connects, and when it has connected. Returns a
 * function that leaves the driver as it was. The pools of an unknown library are not reported.
 */
export function watchConnect(
  driver: object,
  { onPool, onConnected }: { onPool(pool: Pool): void; onConnected(): void },
): () => void {
  const fields = driver as DriverFields;
  const { postgres, mysql, connect } = fields;
  const report = (driverPool: object) => {
    const pool = adaptPool(driverPool);
    if (pool) onPool(pool);
    return driverPool;
  };
  if (postgres?.Pool) {
    const construct = (Pool: PoolConstructor, [options]: unknown[]) => report(new Pool(options));
    const value = new Proxy(postgres.Pool, { construct });
    fields.postgres = Object.create(postgres, { Pool: { value } }) as typeof postgres;
  }
  if (mysql?.createPool) {
    const { createPool } = mysql;
    const value = (options: object) => report(createPool(options));
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
