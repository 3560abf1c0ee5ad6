import type { Abortable } from '../../checks/check.js';
import type { Outcome } from '../../checks/outcome.js';
import { DATABASE } from '../../health.messages.js';
import { adaptPool, askDirectly, isDeleted, isSuspended, probeQuery, rawPoolOf } from './driver.js';
import type { DataSourceNode } from './nodes.js';
import { PoolAsker, type PoolAskerOptions } from './pool-asker.js';
import { verdictOn } from './verdict.js';

/** Asks one server of a DataSource for one row, in the way its driver allows. */
export class NodeAsker {
  /** One asker for as long as the DataSource has the same pool: it keeps its place in the line. */
  private pooled?: { readonly raw: unknown; readonly asker: PoolAsker | undefined };

  constructor(
    private readonly node: DataSourceNode,
    private readonly options: PoolAskerOptions,
  ) {}

  async ask(run: Abortable): Promise<Outcome> {
    const { dataSource, replica } = this.node;
    // An uninitialized sqlite DataSource throws a TypeError that explains nothing.
    if (!dataSource.isInitialized) {
      return { status: 'down', message: DATABASE.notConnected };
    }
    const { driver } = dataSource;
    const sql = probeQuery(driver);
    const poolAsker = this.poolAskerFor(rawPoolOf(driver, replica));
    if (poolAsker) {
      const outcome = await poolAsker.ask(sql, run.signal);
      return outcome.status !== 'down' && isSuspended(driver, replica)
        ? { status: 'down', message: DATABASE.nodeSuspended }
        : outcome;
    }
    if (isDeleted(driver, replica)) {
      return { status: 'down', message: DATABASE.nodeDeleted };
    }
    // TypeORM would choose which, and mysql2 delete for ever what does not answer.
    if (replica !== undefined) {
      return { status: 'down', message: DATABASE.poolUnknown };
    }
    const ask = askDirectly(driver) ?? (() => dataSource.query(sql));
    return verdictOn(await ask());
  }

  private poolAskerFor(raw: unknown): PoolAsker | undefined {
    if (!this.pooled || this.pooled.raw !== raw) {
      const pool = adaptPool(raw);
      this.pooled = { raw, asker: pool && new PoolAsker(pool, this.options) };
    }
    return this.pooled.asker;
  }
}
