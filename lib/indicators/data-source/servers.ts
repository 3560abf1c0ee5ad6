import type { DataSourceLike } from './data-source-like.js';
import { createsUnknownPools } from './typeorm-driver.js';

/** One database server of a DataSource. */
export interface DatabaseServer {
  readonly dataSource: DataSourceLike;
  /** Follows the name of the DataSource in the name of the check. */
  readonly suffix: string;
  /** Which replica, from 0; undefined for the primary, or for the only server. */
  readonly replica?: number;
}

// The drivers with a known pool for each replica.
const REPLICATED = ['postgres', 'cockroachdb', 'mysql', 'mariadb'];

/** How many replicas the options name. */
export const replicaCount = ({ options }: DataSourceLike) =>
  options?.replication?.slaves?.length ?? 0;

/** Whether a DataSource has replicas that cannot be pinged one by one. */
export function hidesReplicas(dataSource: DataSourceLike): boolean {
  const { options, driver } = dataSource;
  const isKnown = REPLICATED.includes(options?.type ?? '') && !createsUnknownPools(driver);
  return replicaCount(dataSource) > 0 && !isKnown;
}

/** The servers of a DataSource that are pinged separately: several only under `replication`. */
export function serversOf(dataSource: DataSourceLike, eachReplica: boolean): DatabaseServer[] {
  const replicas = replicaCount(dataSource);
  if (!eachReplica || replicas === 0 || hidesReplicas(dataSource)) {
    return [{ dataSource, suffix: '' }];
  }
  return [
    { dataSource, suffix: '.primary' },
    ...Array.from({ length: replicas }, (_, replica) => ({
      dataSource,
      suffix: `.replica-${replica + 1}`,
      replica,
    })),
  ];
}
