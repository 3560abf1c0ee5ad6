import type { DataSourceLike } from './data-source-like.js';
import { createsUnknownPools } from './driver-pools.js';

/** One database server behind a DataSource. */
export interface DataSourceNode {
  readonly dataSource: DataSourceLike;
  /** Follows the name of the DataSource in the name of the check. */
  readonly suffix: string;
  /** The index of a replica; undefined for the primary, or the only server. */
  readonly replica?: number;
}

// The drivers whose replicas have separate pools of a known kind.
const REPLICATED = ['postgres', 'cockroachdb', 'mysql', 'mariadb'];

/** Whether a DataSource has replicas that cannot be pinged separately. */
export function hidesReplicas({ options, driver }: DataSourceLike): boolean {
  const isKnown = REPLICATED.includes(options?.type ?? '') && !createsUnknownPools(driver);
  return replicasOf(options) > 0 && !isKnown;
}

/** The servers of a DataSource, each with its own check: several under `replication` only. */
export function nodesOf(dataSource: DataSourceLike, eachReplica: boolean): DataSourceNode[] {
  const replicas = replicasOf(dataSource.options);
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

/** The number of replicas in the options. */
export const replicasOf = (options: DataSourceLike['options']) =>
  options?.replication?.slaves?.length ?? 0;
