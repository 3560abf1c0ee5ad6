import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Check } from '../checks/check.js';
import { withDeadline } from '../checks/deadline.js';
import { type Outcome, type ProbeCheck, runCheck, worstOf } from '../checks/outcome.js';
import { log } from '../health.logger.js';
import { DATABASE, LOG, notAResource } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { FirstHooks } from '../nest/hook-order.js';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { reasonOf } from '../redaction/reason.js';
import { BackgroundConnector } from './data-source/background-connector.js';
import { configurationWarnings } from './data-source/configuration-warnings.js';
import { type DataSourceLike, isDataSource } from './data-source/data-source-like.js';
import { createServerPing } from './data-source/server-ping.js';
import { type DatabaseServer, serversOf } from './data-source/servers.js';
import { ResourceHealthIndicator } from './resource-health-indicator.js';
import { type FoundResource, Resources } from './resources.js';

/**
 * Queries one row from TypeORM `DataSource`s, on a connection of the app's own pool.
 *
 * Injectable wherever {@link HealthModule} is imported, for use in your own Terminus controller:
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
export class DataSourceHealthIndicator
  extends ResourceHealthIndicator<DataSourceLike>
  implements OnModuleDestroy
{
  private readonly checkedServers = new WeakMap<DataSourceLike, readonly CheckedServer[]>();
  private readonly connectors = new Map<DataSourceLike, BackgroundConnector>();
  private mayConnect = false;

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) options: ResolvedOptions,
    @Inject(HealthIndicatorService) terminus: HealthIndicatorService,
    @Inject(Resources) private readonly found: Resources,
    @Inject(FirstHooks) hooks: FirstHooks,
    @Inject(AppLifecycle) private readonly lifecycle: AppLifecycle,
  ) {
    super('db', 'dataSources', options, terminus, lifecycle);
    hooks.beforeInit = () => this.connect();
  }

  /**
   * Pings one DataSource and reports it as `key`. Shares the result and the deadline with the probes.
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
    options: { dataSource: DataSourceLike },
  ): Promise<HealthIndicatorResult<Key>> {
    // JavaScript may omit it.
    const { dataSource } = options ?? {};
    if (!isDataSource(dataSource)) {
      throw new TypeError(notAResource('dataSource', dataSource, 'a TypeORM DataSource'));
    }
    const outcomes = await Promise.all(this.serversOf(dataSource).map(runCheck));
    return this.result(key, worstOf(outcomes));
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.connectors.values()].map((connector) => connector.end()));
  }

  /** @internal */
  protected override resources(): ReadonlyMap<string, FoundResource<DataSourceLike>> {
    return this.found.snapshot().dataSources;
  }

  /** @internal */
  protected override toChecks(owner: string, dataSource: DataSourceLike): ProbeCheck[] {
    return this.serversOf(dataSource).map(({ suffix, optional, check }) => ({
      name: owner + suffix,
      owner,
      optional,
      timeoutMs: this.timeoutMs,
      check,
    }));
  }

  /** @internal */
  protected override warningsOf(dataSource: DataSourceLike): readonly string[] {
    return configurationWarnings(dataSource, this.mustBeWritable(dataSource));
  }

  /**
   * Waits for the first attempts, up to the deadline: with its database up, an app boots as it does
   * without `connect`, and other modules may use a repository in their hooks.
   */
  private async connect(): Promise<void> {
    const { dataSources } = this.options;
    if (!dataSources || !dataSources.connect) return;
    this.mayConnect = true;
    for (const { resource } of this.resources().values()) this.connectInBackground(resource);
    const attempts = [...this.connectors.values()].map(({ firstAttempt }) => firstAttempt);
    if (attempts.length) await withDeadline(Promise.all(attempts), this.timeoutMs, () => []);
  }

  /** Connects a DataSource in the background if the options enable it: also one of a module loaded later. */
  private connectInBackground(dataSource: DataSourceLike): void {
    const { dataSources } = this.options;
    if (!this.mayConnect || !dataSources) return;
    if (dataSource.isInitialized || this.connectors.has(dataSource)) return;
    const found = [...this.resources()].find(([, { resource }]) => resource === dataSource);
    if (!found || dataSources.exclude.includes(found[0])) return;
    const report = ({ message = '', cause }: Outcome) =>
      log.warn(LOG.notUp(`db.${found[0]}`, message, reasonOf(cause)));
    const connector = new BackgroundConnector(dataSource, this.lifecycle.shutdown, report);
    this.connectors.set(dataSource, connector);
  }

  /** The same checks for the same DataSource: each holds the outcome that its callers share. */
  private serversOf(dataSource: DataSourceLike): readonly CheckedServer[] {
    const { dataSources } = this.options;
    let servers = this.checkedServers.get(dataSource);
    if (!servers) {
      this.connectInBackground(dataSource);
      servers = serversOf(dataSource, dataSources && dataSources.replicas).map((server) => ({
        suffix: server.suffix,
        // The app can do without a replica: TypeORM writes, and by default reads, on the primary.
        optional: server.replica !== undefined,
        check: this.createCheck(server),
      }));
      this.checkedServers.set(dataSource, servers);
    }
    return servers;
  }

  private mustBeWritable(dataSource: DataSourceLike): boolean {
    const { dataSources } = this.options;
    const writable = dataSources && dataSources.writable;
    if (typeof writable !== 'object') return writable;
    return writable.some((name) => this.resources().get(name)?.resource === dataSource);
  }

  private createCheck(server: DatabaseServer): Check {
    const { dataSources, freshMs } = this.options;
    const { timeoutMs } = this;
    const whenBusy = dataSources && dataSources.onPoolBusy === 'notReady' ? 'down' : 'degraded';
    const shutdown = this.lifecycle.shutdown;
    const isDemanded =
      dataSources && (dataSources.writable === true || dataSources.writable.length);
    const mustBeWritable = isDemanded ? () => this.mustBeWritable(server.dataSource) : undefined;
    const ping = createServerPing(server, { timeoutMs, whenBusy, shutdown, mustBeWritable });
    return new Check({
      run: (run) => this.connectors.get(server.dataSource)?.outcome ?? ping(run),
      failureMessage: DATABASE.unreachable,
      timeoutMs,
      freshMs,
      shutdown,
    });
  }
}

/** One server of a DataSource and its check. */
interface CheckedServer extends Pick<ProbeCheck, 'optional' | 'check'> {
  readonly suffix: string;
}
