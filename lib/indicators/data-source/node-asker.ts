import type { Outcome } from '../../checks/report.js';
import { DATABASE } from '../../health.messages.js';
import { askDirectly, isPrimaryDeleted, primaryPool, probeQuery, replicaPool } from './driver.js';
import type { DataSourceNode } from './nodes.js';
import { PoolAsker, type PoolAskerOptions } from './pool-asker.js';
import { verdictOn } from './verdict.js';

/** Asks one server of a DataSource for one row, in the way its driver allows. */
export class NodeAsker {
  private readonly poolAsker: PoolAsker;

  constructor(
    private readonly node: DataSourceNode,
    options: PoolAskerOptions,
  ) {
    this.poolAsker = new PoolAsker(options);
  }

  async ask(signal: AbortSignal): Promise<Outcome> {
    const { dataSource, replica } = this.node;
    // An uninitialized sqlite DataSource throws a TypeError that explains nothing.
    if (!dataSource.isInitialized) {
      return { status: 'down', message: DATABASE.notConnected };
    }
    const { driver } = dataSource;
    const sql = probeQuery(driver);
    const pool = replica === undefined ? primaryPool(driver) : replicaPool(driver, replica);
    if (pool) {
      return this.poolAsker.ask(pool, sql, signal);
    }
    if (replica !== undefined || isPrimaryDeleted(driver)) {
      return { status: 'down', message: DATABASE.nodeDeleted };
    }
    const ask = askDirectly(driver) ?? (() => dataSource.query(sql));
    return verdictOn(await ask());
  }
}
