import type { Abortable } from '../../checks/check.js';
import type { Outcome } from '../../checks/outcome.js';
import { DATABASE } from '../../health.messages.js';
import { directPing, probeQuery, rowsToOutcome } from './driver-ping.js';
import { adaptPool, isRemoved, isSuspended, rawPoolOf } from './driver-pools.js';
import type { DataSourceNode } from './nodes.js';
import { PoolPing, type PoolPingOptions } from './pool-ping.js';

/** Pings one server of a DataSource, in the way that its driver allows. */
export class ServerPing {
  /** Kept while the DataSource has the same pool: it keeps its place in the wait queue. */
  private pooled?: { readonly raw: unknown; readonly ping: PoolPing | undefined };

  constructor(
    private readonly node: DataSourceNode,
    private readonly options: PoolPingOptions,
  ) {}

  async run(controller: Abortable): Promise<Outcome> {
    const { dataSource, replica } = this.node;
    // An uninitialized sqlite DataSource throws a TypeError that explains nothing.
    if (!dataSource.isInitialized) return { status: 'down', message: DATABASE.notConnected };
    const { driver } = dataSource;
    const sql = probeQuery(driver);
    const poolPing = this.poolPingOf(rawPoolOf(driver, replica));
    if (poolPing) {
      const outcome = await poolPing.run(sql, controller.signal);
      return outcome.status !== 'down' && isSuspended(driver, replica)
        ? { status: 'down', message: DATABASE.nodeSuspended }
        : outcome;
    }
    if (isRemoved(driver, replica)) return { status: 'down', message: DATABASE.nodeDeleted };
    // TypeORM would pick any replica, and mysql2 remove one that does not answer for ever.
    if (replica !== undefined) return { status: 'down', message: DATABASE.poolUnknown };
    const ping = directPing(driver) ?? (() => dataSource.query(sql));
    return rowsToOutcome(await ping());
  }

  private poolPingOf(raw: unknown): PoolPing | undefined {
    if (!this.pooled || this.pooled.raw !== raw) {
      const pool = adaptPool(raw);
      this.pooled = { raw, ping: pool && new PoolPing(pool, this.options) };
    }
    return this.pooled.ping;
  }
}
