import { type OptionalChecks, optionalRule } from './optional.js';
import {
  anObject,
  milliseconds,
  names,
  namesOrTrue,
  validate,
  oneOf,
  trueOrFalse,
} from './rules.js';

/**
 * How the TypeORM `DataSource`s are checked.
 *
 * @publicApi
 */
export interface DataSourceChecks {
  /**
   * Names of DataSources that are not checked, as in `db.<name>`.
   *
   * @default []
   */
  exclude?: string[];

  /**
   * The DataSources the app can do without: names, `true` for all, or `'afterStart'` for all that have been
   * up once. Down is reported as `degraded`, still ready.
   *
   * @default []
   */
  optional?: OptionalChecks;

  /**
   * DataSources that the module does not find, by the name they are reported as.
   *
   * @default {}
   * @example
   * dataSources: { sources: { archive: archiveDataSource } }
   */
  sources?: Record<string, unknown>;

  /**
   * Deadline of one check, in milliseconds.
   *
   * @default the module's `timeoutMs`
   */
  timeoutMs?: number;

  /**
   * Whether the module connects DataSources that are not initialized, as with
   * `manualInitialization: true`. The first attempt comes ahead of all `onModuleInit`, which wait for
   * it, `timeoutMs` at most: with its database up, the app boots as it does without `connect`. Else it
   * starts without, and becomes ready when the database comes. Attempts follow one another, up to 2 s
   * apart, or 30 s after one that failed to set up the schema. An attempt of pg or mysql2 ends after
   * 10 s without a connection; a replica that is down does not make it fail. Do not call
   * `initialize()` yourself.
   *
   * @default false
   */
  connect?: boolean;

  /**
   * Whether each server of a `replication` config has its own check: `db.<name>.primary`,
   * `db.<name>.replica-1` and so on: a replica that is down is `degraded`, still ready. `false`: only
   * the primary is checked, as `db.<name>`.
   *
   * @default true
   */
  replicas?: boolean;

  /**
   * Names of DataSources whose primary must take writes too, or `true` for all. One that is read-only,
   * as the old primary after a failover, is down. For PostgreSQL, CockroachDB, MySQL and MariaDB; nothing
   * is written.
   *
   * @default []
   */
  writable?: string[] | true;

  /**
   * The state of the app while it holds every connection of a pool and the database is alive: `'ready'`
   * (reported as `degraded`) or `'notReady'`. A pool that has served no request for ten deadlines is
   * never ready.
   *
   * @default 'ready'
   */
  onPoolBusy?: 'ready' | 'notReady';
}

const RULES = {
  exclude: names,
  optional: optionalRule,
  sources: anObject,
  timeoutMs: milliseconds,
  connect: trueOrFalse,
  replicas: trueOrFalse,
  writable: namesOrTrue,
  onPoolBusy: oneOf('ready', 'notReady'),
};

/** @param deadlineMs limits a deadline, and provides the default */
export function resolveDataSources(
  given: DataSourceChecks | false = {},
  deadlineMs: (given?: number) => number,
): Readonly<Required<DataSourceChecks>> | false {
  if (given === false) return false;
  validate(RULES, given, 'dataSources.');
  return {
    exclude: given.exclude ?? [],
    optional: given.optional ?? [],
    sources: given.sources ?? {},
    timeoutMs: deadlineMs(given.timeoutMs),
    connect: given.connect ?? false,
    replicas: given.replicas ?? true,
    writable: given.writable ?? [],
    onPoolBusy: given.onPoolBusy ?? 'ready',
  };
}
