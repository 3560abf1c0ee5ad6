import { CONFIGURATION_WARNING as WARNING } from '../../health.messages.js';
import type { DataSourceLike } from './data-source-like.js';
import { writeQuery } from './ping-query.js';
import { hidesReplicas } from './servers.js';
import { directPing, poolOf } from './typeorm-driver.js';

/** TypeORM's options that decide how badly a fault ends. */
interface FaultOptions {
  readonly type?: string;
  readonly connectTimeoutMS?: number;
  readonly extra?: { readonly connectionTimeoutMillis?: number };
  readonly replication?: { readonly restoreNodeTimeout?: number };
}

/** The settings of a DataSource that make a fault worse: a sentence each, with the option to set. */
export function configurationWarnings(
  dataSource: DataSourceLike,
  mustBeWritable: boolean,
): string[] {
  const options = (dataSource.options ?? {}) as FaultOptions;
  const { type = 'unknown', connectTimeoutMS, extra, replication } = options;
  const { isInitialized, driver } = dataSource;
  const isPostgres = type === 'postgres' || type === 'cockroachdb';
  const isMysql = type === 'mysql' || type === 'mariadb';
  const isUnknown = isInitialized && !poolOf(driver) && !directPing(driver);
  return [
    isPostgres && !connectTimeoutMS && !extra?.connectionTimeoutMillis && WARNING.endlessConnect,
    isMysql && replication && !replication.restoreNodeTimeout && WARNING.deletedNodes,
    hidesReplicas(dataSource) && WARNING.hiddenReplicas(type),
    isUnknown && WARNING.unknownDriver(type),
    mustBeWritable && !writeQuery(type) && WARNING.writableUnknown(type),
  ].filter((warning) => typeof warning === 'string');
}
