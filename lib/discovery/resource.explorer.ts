import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { clearInterval, setInterval } from '../checks/clock.js';
import { invalidOptionError } from '../health.errors.js';
import { log } from '../health.logger.js';
import { LOG, MEMCACHED_CLIENT } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { type DataSourceLike, isDataSource } from '../indicators/data-source/data-source-like.js';
import { type AdaptedClient, adaptedClientsIn } from '../indicators/memcached/adapted-client.js';
import { Resources, type ResourceSnapshot } from '../indicators/resources.js';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { type NestModule, providersOf } from '../nest/providers.js';
import { MAX_ENTRIES } from './members.js';
import { NameRegistry } from './name-registry.js';
import { decoratedProvider, findIndicators } from './probe-indicators.js';
import { ResourceSearch, type SearchResult } from './resource-search.js';
import { runAtOnce, runInSlices } from './run-in-slices.js';

// A client or DataSource that the app creates or replaces late is found within this time.
const SEARCH_EVERY_MS = 5_000;

/**
 * Finds every DataSource, every memcached client and every indicator among the app's providers. A probe
 * gets the latest snapshot: the app is searched at start-up, when a module has been added, and else in
 * the background.
 */
@Injectable()
export class ResourceExplorer extends Resources implements OnModuleInit, OnApplicationShutdown {
  private readonly logged = new Set<string>();
  private readonly dataSourceNames = new NameRegistry<DataSourceLike>();
  private readonly clientNames = new NameRegistry<AdaptedClient>();
  private latest?: ResourceSnapshot;
  /** The latest search of the whole app, and the modules that were in it. */
  private full?: SearchResult;
  private searched: ReadonlySet<NestModule> = new Set();
  private isSearching = false;
  private timer?: NodeJS.Timeout;

  constructor(
    @Inject(ModulesContainer) private readonly container: ModulesContainer,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(AppLifecycle) lifecycle: AppLifecycle,
  ) {
    super();
    lifecycle.onStarted(() => {
      // Anew, once: other modules create clients in their hooks.
      this.full = undefined;
      this.timer = setInterval(() => this.searchInBackground(), SEARCH_EVERY_MS).unref();
    });
    const { dataSources, memcached } = options;
    for (const [name, value] of Object.entries(dataSources ? dataSources.sources : {})) {
      if (!isDataSource(value)) {
        throw invalidOptionError(`dataSources.sources.${name}`, value, 'a TypeORM DataSource');
      }
    }
    for (const [name, value] of Object.entries(memcached ? memcached.clients : {})) {
      if (!adaptedClientsIn(value, memcached ? memcached.adapters : []).length) {
        throw invalidOptionError(`memcached.clients.${name}`, value, MEMCACHED_CLIENT);
      }
    }
  }

  /** @throws {HealthOptionsError} when an indicator cannot run, with its class and the reason */
  onModuleInit(): void {
    // A probe on the separate port may have searched while Nest still created providers.
    this.full = undefined;
    const provided = [...providersOf(this.container.values(), true)];
    const decorated = provided.flatMap((each) => decoratedProvider(each) ?? []);
    const [refused] = findIndicators(decorated).refused;
    if (refused) throw refused;
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  override snapshot(): ResourceSnapshot {
    if (!this.full || !this.latest) {
      this.searched = new Set(this.container.values());
      this.full = runAtOnce(this.search(this.searched));
      this.latest = this.toSnapshot(this.full);
    }
    if (this.container.size === this.searched.size) return this.latest;
    // Of modules that were added since, each probe searches what Nest has created by then.
    const added = [...this.container.values()].filter((module) => !this.searched.has(module));
    const more = runAtOnce(this.search(added));
    this.latest = this.toSnapshot({
      indicators: [...this.full.indicators, ...more.indicators],
      dataSources: [...this.full.dataSources, ...more.dataSources],
      clients: [...this.full.clients, ...more.clients],
    });
    return this.latest;
  }

  private searchInBackground(): void {
    if (this.isSearching) return;
    this.isSearching = true;
    const modules = new Set(this.container.values());
    runInSlices(this.search(modules), (found) => {
      this.isSearching = false;
      this.searched = modules;
      this.full = found;
      this.latest = this.toSnapshot(found);
    });
  }

  private search(modules: Iterable<NestModule>): Generator<undefined, SearchResult> {
    const search = new ResourceSearch(this.options, (holder) =>
      this.logOnce('warn', LOG.notSearched(holder, MAX_ENTRIES)),
    );
    return search.run(providersOf(modules));
  }

  /** The latest snapshot when nothing has changed: the checks of all probes are built from it. */
  private toSnapshot(found: SearchResult): ResourceSnapshot {
    const { indicators, refused } = findIndicators(found.indicators);
    for (const { message } of refused) this.logOnce('error', message);
    const dataSources = this.dataSourceNames.assign(found.dataSources);
    const memcachedClients = this.clientNames.assign(found.clients);
    const { latest } = this;
    const isSame =
      latest?.dataSources === dataSources &&
      latest.memcachedClients === memcachedClients &&
      latest.indicators.length === indicators.length &&
      latest.indicators.every(({ instance }, index) => instance === indicators[index]?.instance);
    return isSame ? latest : { dataSources, memcachedClients, indicators };
  }

  private logOnce(level: 'warn' | 'error', sentence: string): void {
    if (!this.logged.has(sentence)) log[level](sentence);
    this.logged.add(sentence);
  }
}
