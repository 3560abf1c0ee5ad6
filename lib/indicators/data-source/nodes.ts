import type { DataSourceLike } from './data-source-like.js';
import { makesUnknownPools } from './driver.js';

/** One database server behind a DataSource. */
export interface DataSourceNode {
  readonly dataSource: DataSourceLike;
  /** What the name of the DataSource gets for it. */
  readonly suffix: string;
  /** Which replica, from 0; none for the primary, or for the only server there is. */
  readonly replica?: number;
}

// The drivers whose replicas have pools of their own that are known.
const REPLICATED = ['postgres', 'cockroachdb', 'mysql', 'mariadb'];

/** Whether a DataSource is replicated with a driver whose replicas cannot be asked one by one. */
export function hidesReplicas({ options, driver }: DataSourceLike): boolean {
  const isKnown = REPLICATED.includes(options?.type ?? '') && !makesUnknownPools(driver);
  return replicasOf(options) > 0 && !isKnown;
}

/** The servers of a DataSource, each to be asked by itself: several under `replication` only. */
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

/** How many replicas the options name. */
export const replicasOf = (options: DataSourceLike['options']) =>
  options?.replication?.slaves?.length ?? 0;
