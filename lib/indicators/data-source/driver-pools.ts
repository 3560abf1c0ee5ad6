import type { DriverFields } from './driver-fields.js';
import { isMysql2, isSuspendedIn, mysqlPool, poolsOfCluster, stopRetriesOf } from './mysql-pool.js';
import type { Pool } from './pool.js';
import { postgresPool } from './postgres-pool.js';

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

/** A raw pool as a ping uses it, if its connections can be seen and destroyed. */
export const adaptPool = (raw: unknown): Pool | undefined => postgresPool(raw) ?? mysqlPool(raw);

/** Every pool of mysql2's cluster, which it has before any of them is connected. */
export function clusterPoolsOf(driver: object): Pool[] {
  const pools = poolsOfCluster((driver as DriverFields).poolCluster) ?? {};
  return Object.values(pools)
    .map(adaptPool)
    .filter((pool) => pool !== undefined);
}

/** Whether mysql2 has removed a server from its cluster. */
export function isRemoved(driver: object, replica?: number): boolean {
  const pools = poolsOfCluster((driver as DriverFields).poolCluster);
  return pools !== undefined && !pools[nodeName(replica)];
}

/** Whether mysql2's cluster gives no connection to a server for now, even when that server is back. */
export const isSuspended = (driver: object, replica?: number): boolean =>
  isSuspendedIn((driver as DriverFields).poolCluster, nodeName(replica));

/** Makes a driver that connects fail with the first connection that fails. */
export const stopRetries = (driver: object): void =>
  stopRetriesOf((driver as DriverFields).poolCluster);

/** Whether the driver creates pools of an unknown kind: TypeORM 0.3 accepts the package mysql too. */
export function createsUnknownPools(driver: object): boolean {
  const { mysql } = driver as DriverFields;
  return mysql !== undefined && !isMysql2(mysql);
}

/** TypeORM's name of a server in mysql2's cluster. */
const nodeName = (replica?: number) => (replica === undefined ? 'MASTER' : `SLAVE${replica}`);
