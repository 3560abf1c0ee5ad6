import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { clearInterval, setInterval } from '../checks/clock.js';
import { onAbort } from '../checks/deadline.js';
import { invalidOptionError } from '../health.errors.js';
import { log } from '../health.logger.js';
import { LOG, MEMCACHED_CLIENT } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { type DataSourceLike, isDataSource } from '../indicators/data-source/data-source-like.js';
import { type AdaptedClient, adaptedClientsIn } from '../indicators/memcached/adapted-client.js';
import { Resources, type ResourceSnapshot } from '../indicators/resources.js';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { type NestModule, providersOf } from '../nest/providers.js';
import { reasonOf } from '../redaction/reason.js';
import { MAX_ENTRIES } from './members.js';
import { NameRegistry } from './name-registry.js';
import { decoratedProvider, findIndicators } from './probe-indicators.js';
import { ResourceSearch, type SearchResult } from './resource-search.js';
import { type Ended, runAtOnce, runInSlices } from './run-in-slices.js';

// A client or DataSource that the app creates or replaces late is found within this time.
const SEARCH_EVERY_MS = 5_000;
// The next probe has what a module brings that was loaded since, unless it has some 500 providers.
const ADDED_SLICE_MS = 20;

/**
 * Finds every DataSource, every memcached client and every indicator among the app's providers. A probe
 * gets the latest snapshot: the app is searched at start-up, when a module has been added, and else in
 * the background.
 */
@Injectable()
export class ResourceExplorer extends Resources implements OnModuleInit {
  private readonly logged = new Set<string>();
  private readonly dataSourceNames = new NameRegistry<DataSourceLike>();
  private readonly clientNames = new NameRegistry<AdaptedClient>();
  private current?: ResourceSnapshot;
  /** The last search of the whole app, and the modules that were in it. */
  private lastSearch?: SearchResult;
  private searched: ReadonlySet<NestModule> = new Set();
  private readonly running = new Set<'all' | 'added'>();

  constructor(
    @Inject(ModulesContainer) private readonly container: ModulesContainer,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(AppLifecycle) lifecycle: AppLifecycle,
  ) {
    super();
    lifecycle.onStarted(() => {
      // Anew, once: other modules create clients in their hooks.
      this.lastSearch = undefined;
      const timer = setInterval(() => this.searchAll(), SEARCH_EVERY_MS).unref();
      onAbort(lifecycle.shutdown, () => clearInterval(timer));
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
    const provided = [...providersOf(this.container.values(), true)];
    const decorated = provided.flatMap((each) => decoratedProvider(each) ?? []);
    const [refused] = findIndicators(decorated).refused;
    if (refused) throw refused;
  }

  override snapshot(): ResourceSnapshot {
    if (!this.lastSearch || !this.current) {
      this.searched = new Set(this.container.values());
      this.lastSearch = runAtOnce(this.search(this.searched));
      this.current = this.toSnapshot(this.lastSearch);
    } else if (this.container.size !== this.searched.size) {
      this.searchAdded(this.lastSearch);
    }
    return this.current;
  }

  private searchAll(): void {
    const modules = new Set(this.container.values());
    this.searchInSlices('all', modules, (found) => {
      this.searched = modules;
      this.lastSearch = found;
      this.current = this.toSnapshot(found);
    });
  }

  /** Of modules that were loaded since, each probe searches what Nest has created by then. */
  private searchAdded({ indicators, dataSources, clients }: SearchResult): void {
    const added = [...this.container.values()].filter((module) => !this.searched.has(module));
    this.searchInSlices('added', added, (found) => {
      this.current = this.toSnapshot({
        indicators: [...indicators, ...found.indicators],
        dataSources: [...dataSources, ...found.dataSources],
        clients: [...clients, ...found.clients],
      });
    });
  }

  private searchInSlices(
    which: 'all' | 'added',
    modules: Iterable<NestModule>,
    onFound: (found: SearchResult) => void,
  ): void {
    if (this.running.has(which)) return;
    this.running.add(which);
    const done = (ended: Ended<SearchResult>) => {
      this.running.delete(which);
      if ('value' in ended) onFound(ended.value);
      else this.logOnce('error', LOG.searchFailed(reasonOf(ended.error)));
    };
    runInSlices(this.search(modules), done, which === 'added' ? ADDED_SLICE_MS : undefined);
  }

  private search(modules: Iterable<NestModule>): Generator<undefined, SearchResult> {
    const search = new ResourceSearch(this.options, (holder) =>
      this.logOnce('warn', LOG.notSearched(holder, MAX_ENTRIES)),
    );
    return search.run(providersOf(modules));
  }

  /** The current snapshot when nothing has changed: the checks of all probes are built from it. */
  private toSnapshot(found: SearchResult): ResourceSnapshot {
    const { indicators, refused } = findIndicators(found.indicators);
    for (const { message } of refused) this.logOnce('error', message);
    const dataSources = this.dataSourceNames.assign(found.dataSources);
    const memcachedClients = this.clientNames.assign(found.clients);
    const { current } = this;
    const isSame =
      current?.dataSources === dataSources &&
      current.memcachedClients === memcachedClients &&
      current.indicators.length === indicators.length &&
      current.indicators.every(({ instance }, index) => instance === indicators[index]?.instance);
    return isSame ? current : { dataSources, memcachedClients, indicators };
  }

  private logOnce(level: 'warn' | 'error', sentence: string): void {
    if (!this.logged.has(sentence)) log[level](sentence);
    this.logged.add(sentence);
  }
}
