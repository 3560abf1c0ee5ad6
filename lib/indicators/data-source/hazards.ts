import { HAZARD } from '../../health.messages.js';
import type { DataSourceLike } from './data-source-like.js';
import { adaptPool, askDirectly, rawPoolOf } from './driver.js';
import { hidesReplicas } from './nodes.js';

/** The options of TypeORM's that decide how badly a fault ends. */
interface HazardousOptions {
  readonly type?: string;
  readonly connectTimeoutMS?: number;
  readonly extra?: { readonly connectionTimeoutMillis?: number };
  readonly replication?: { readonly restoreNodeTimeout?: number };
}

/** What a DataSource lacks, a sentence each, with the option to set. */
export function dataSourceHazards(dataSource: DataSourceLike): string[] {
  const options = (dataSource.options ?? {}) as HazardousOptions;
  const { type = 'unknown', connectTimeoutMS, extra, replication } = options;
  const isPostgres = type === 'postgres' || type === 'cockroachdb';
  const isMysql = type === 'mysql' || type === 'mariadb';
  return [
    isPostgres && !connectTimeoutMS && !extra?.connectionTimeoutMillis && HAZARD.endlessConnect,
    isMysql && replication && !replication.restoreNodeTimeout && HAZARD.deletedNodes,
    hidesReplicas(dataSource) && HAZARD.hiddenReplicas(type),
    isUnknown(dataSource) && HAZARD.unknownDriver(type),
  ].filter((hazard) => typeof hazard === 'string');
}

const isUnknown = ({ isInitialized, driver }: DataSourceLike) =>
  isInitialized && !adaptPool(rawPoolOf(driver)) && !askDirectly(driver);
