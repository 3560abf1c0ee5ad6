import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Check } from '../checks/check.js';
import type { Outcome } from '../checks/report.js';
import { DATABASE, notAResource } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { DataSourceAsker } from './data-source/data-source-asker.js';
import { type DataSourceLike, isDataSource } from './data-source/data-source-like.js';
import { ResourceHealthIndicator } from './resource-health-indicator.js';
import { Resources } from './resources.js';
import { unansweredOutcome } from './unanswered.js';

/**
 * Asks TypeORM `DataSource`s for one row, on a connection of the app's own pool.
 *
 * Injectable wherever {@link HealthModule} is imported, for a Terminus controller of your own:
 *
 * @example
 * ```ts
 * @Get() @HealthCheck()
 * check() {
 *   return this.health.check([() => this.dataSources.pingAll()]);
 * }
 * ```
 *
 * @publicApi
 */
@Injectable()
export class DataSourceHealthIndicator extends ResourceHealthIndicator<DataSourceLike> {
  private readonly asked = new WeakMap<DataSourceLike, Check<Outcome>>();

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) options: ResolvedOptions,
    @Inject(HealthIndicatorService) terminus: HealthIndicatorService,
    @Inject(Resources) private readonly found: Resources,
  ) {
    super('db', options.dataSources, options, terminus);
  }

  /**
   * Asks one DataSource and reports it as `key`. Shares the result and the deadline the probes have
   * for it.
   *
   * @throws {TypeError} when `dataSource` is not a TypeORM DataSource
   * @example
   * ```ts
   * () => this.dataSources.pingCheck('orders', { dataSource })
   * ```
   *
   * @publicApi
   */
  async pingCheck<Key extends string>(
    key: Key,
    { dataSource }: { dataSource: DataSourceLike },
  ): Promise<HealthIndicatorResult<Key>> {
    if (!isDataSource(dataSource)) {
      throw new TypeError(notAResource('dataSource', dataSource, 'a TypeORM DataSource'));
    }
    return this.result(key, await this.ask(dataSource));
  }

  protected override resources(): ReadonlyMap<string, DataSourceLike> {
    return this.found.dataSources();
  }

  protected override ask(dataSource: DataSourceLike, maxWaitMs?: number): Promise<Outcome> {
    let check = this.asked.get(dataSource);
    if (!check) {
      check = this.createCheck(dataSource);
      this.asked.set(dataSource, check);
    }
    return check.ask(maxWaitMs);
  }

  private createCheck(dataSource: DataSourceLike): Check<Outcome> {
    const { dataSources, timeoutMs, freshMs } = this.options;
    const asker = new DataSourceAsker(dataSource);
    return new Check({
      run: (signal) => asker.ask(signal),
      unanswered: unansweredOutcome(DATABASE.unreachable),
      timeoutMs: dataSources ? dataSources.timeoutMs : timeoutMs,
      freshMs,
      closing: this.closing.signal,
    });
  }
}
