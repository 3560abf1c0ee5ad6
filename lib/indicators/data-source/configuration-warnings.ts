import { CONFIGURATION_WARNING as WARNING } from '../../health.messages.js';
import type { DataSourceLike } from './data-source-like.js';
import { directPing } from './driver-ping.js';
import { adaptPool, rawPoolOf } from './driver-pools.js';
import { hidesReplicas } from './nodes.js';

/** The options of TypeORM that decide how bad a fault is. */
interface RelevantOptions {
  readonly type?: string;
  readonly connectTimeoutMS?: number;
  readonly extra?: { readonly connectionTimeoutMillis?: number };
  readonly replication?: { readonly restoreNodeTimeout?: number };
}

/** The settings of a DataSource that make a fault worse, a sentence each. */
export function configurationWarnings(dataSource: DataSourceLike): string[] {
  const options = (dataSource.options ?? {}) as RelevantOptions;
  const { type = 'unknown', connectTimeoutMS, extra, replication } = options;
  const isPostgres = type === 'postgres' || type === 'cockroachdb';
  const isMysql = type === 'mysql' || type === 'mariadb';
  return [
    isPostgres && !connectTimeoutMS && !extra?.connectionTimeoutMillis && WARNING.endlessConnect,
    isMysql && replication && !replication.restoreNodeTimeout && WARNING.deletedNodes,
    hidesReplicas(dataSource) && WARNING.hiddenReplicas(type),
    isUnknown(dataSource) && WARNING.unknownDriver(type),
  ].filter((warning) => typeof warning === 'string');
}

const isUnknown = ({ isInitialized, driver }: DataSourceLike) =>
  isInitialized && !adaptPool(rawPoolOf(driver)) && !directPing(driver);
