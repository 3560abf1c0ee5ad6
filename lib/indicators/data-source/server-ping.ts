import type { Abortable } from '../../checks/check.js';
import type { Outcome } from '../../checks/outcome.js';
import { DATABASE } from '../../health.messages.js';
import { type PingQuery, rowQuery, writeQuery } from './ping-query.js';
import { PoolPing, type PoolPingOptions } from './pool-ping.js';
import type { DatabaseServer } from './servers.js';
import { directPing, isDeleted, isSuspended, pingQuery, poolOf } from './typeorm-driver.js';

export interface ServerPingOptions extends PoolPingOptions {
  /** Whether a primary must take writes; undefined: none must. */
  readonly mustBeWritable?: () => boolean;
}

const down = (message: string): Outcome => ({ status: 'down', message });

/** Returns a function that queries one row from a server, in the way its driver allows. */
export function createServerPing(
  { dataSource, replica }: DatabaseServer,
  { mustBeWritable, ...options }: ServerPingOptions,
): (run: Abortable) => Promise<Outcome> {
  // Kept for as long as the DataSource has the same pool: it may be in its wait queue.
  let poolPing: PoolPing | undefined;
  let row: PingQuery | undefined;
  return async (run) => {
    // An uninitialized sqlite DataSource throws a TypeError that explains nothing.
    if (!dataSource.isInitialized) return down(DATABASE.notConnected);
    const { driver } = dataSource;
    const needsWrites = replica === undefined && mustBeWritable?.();
    row ??= rowQuery(pingQuery(driver));
    const query = (needsWrites && writeQuery(dataSource.options?.type)) || row;
    const pool = poolOf(driver, replica);
    if (pool) {
      if (poolPing?.pool !== pool) poolPing = new PoolPing(pool, options);
      const outcome = await poolPing.run(query, run.signal);
      const isUnused = outcome.status !== 'down' && isSuspended(driver, replica);
      return isUnused ? down(DATABASE.nodeSuspended) : outcome;
    }
    if (isDeleted(driver, replica)) return down(DATABASE.nodeDeleted);
    // TypeORM would choose the replica, and mysql2 delete one that does not answer for ever.
    if (replica !== undefined) return down(DATABASE.poolUnknown);
    const ping = directPing(driver) ?? (() => dataSource.query(query.sql));
    return query.outcomeOf(await ping());
  };
}
