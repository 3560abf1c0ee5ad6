import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { clearInterval, setInterval } from '../checks/clock.js';
import { invalidOptionError } from '../health.errors.js';
import { log } from '../health.logger.js';
import { LOG, MEMCACHED_CLIENT } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { type DataSourceLike, isDataSource } from '../indicators/data-source/data-source-like.js';
import { type KnownClient, knownClientsIn } from '../indicators/memcached/known-client.js';
import { type FoundIndicator, type FoundResource, Resources } from '../indicators/resources.js';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { type NestModule, providersOf } from '../nest/providers.js';
import { MAX_ENTRIES } from './members.js';
import { NameRegistry } from './name-registry.js';
import { decoratedProvider, findIndicators } from './probe-indicators.js';
import { ResourceSearch, type SearchResult } from './resource-search.js';
import { runAtOnce, runInSlices } from './run-in-slices.js';

// A client or DataSource that the app creates or replaces late is found within this time.
const SEARCH_EVERY_MS = 5_000;

interface Snapshot {
  readonly dataSources: ReadonlyMap<string, FoundResource<DataSourceLike>>;
  readonly memcachedClients: ReadonlyMap<string, FoundResource<KnownClient>>;
  readonly indicators: readonly FoundIndicator[];
}

/**
 * Finds every DataSource, every memcached client and every indicator among the app's providers. A probe
 * gets the latest snapshot: the app is searched at start-up, when a module has been added, and else in
 * the background.
 */
@Injectable()
export class ResourceExplorer extends Resources implements OnModuleInit, OnApplicationShutdown {
  private readonly logged = new Set<string>();
  private readonly dataSourceNames = new NameRegistry<DataSourceLike>();
  private readonly clientNames = new NameRegistry<KnownClient>();
  private snapshot?: Snapshot;
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
      if (!knownClientsIn(value, memcached ? memcached.adapters : []).length) {
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

  override indicators(): readonly FoundIndicator[] {
    return this.look().indicators;
  }

  override dataSources(): ReadonlyMap<string, FoundResource<DataSourceLike>> {
    return this.look().dataSources;
  }

  override memcachedClients(): ReadonlyMap<string, FoundResource<KnownClient>> {
    return this.look().memcachedClients;
  }

  private look(): Snapshot {
    if (!this.full || !this.snapshot) {
      this.searched = new Set(this.container.values());
      this.full = runAtOnce(this.search(this.searched));
      this.snapshot = this.toSnapshot(this.full);
    }
    if (this.container.size === this.searched.size) return this.snapshot;
    // Of modules that were added since, each probe searches what Nest has created by then.
    const added = [...this.container.values()].filter((module) => !this.searched.has(module));
    const more = runAtOnce(this.search(added));
    this.snapshot = this.toSnapshot({
      indicators: [...this.full.indicators, ...more.indicators],
      dataSources: [...this.full.dataSources, ...more.dataSources],
      clients: [...this.full.clients, ...more.clients],
    });
    return this.snapshot;
  }

  private searchInBackground(): void {
    if (this.isSearching) return;
    this.isSearching = true;
    const modules = new Set(this.container.values());
    runInSlices(this.search(modules), (found) => {
      this.isSearching = false;
      this.searched = modules;
      this.full = found;
      this.snapshot = this.toSnapshot(found);
    });
  }

  private search(modules: Iterable<NestModule>): Generator<undefined, SearchResult> {
    const search = new ResourceSearch(this.options, (holder) =>
      this.logOnce('warn', LOG.notSearched(holder, MAX_ENTRIES)),
    );
    return search.run(providersOf(modules));
  }

  private toSnapshot(found: SearchResult): Snapshot {
    const { indicators, refused } = findIndicators(found.indicators);
    for (const { message } of refused) this.logOnce('error', message);
    return {
      dataSources: this.dataSourceNames.assign(found.dataSources),
      memcachedClients: this.clientNames.assign(found.clients),
      indicators: this.sameOrNew(indicators),
    };
  }

  /** The array of the last snapshot when nothing has changed: the checks of a probe are built from it. */
  private sameOrNew(indicators: readonly FoundIndicator[]): readonly FoundIndicator[] {
    const before = this.snapshot?.indicators ?? [];
    const isSame =
      before.length === indicators.length &&
      before.every(({ instance }, index) => instance === indicators[index]?.instance);
    return isSame ? before : indicators;
  }

  private logOnce(level: 'warn' | 'error', sentence: string): void {
    if (!this.logged.has(sentence)) log[level](sentence);
    this.logged.add(sentence);
  }
}
