import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { invalidOptionError } from '../health.errors.js';
import { now } from '../checks/clock.js';
import { LOG_CONTEXT, MEMCACHED_CLIENT } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { type DataSourceLike, isDataSource } from '../indicators/data-source/data-source-like.js';
import { type KnownClient, knownClientsIn } from '../indicators/memcached/known-client.js';
import { type FoundIndicator, Resources } from '../indicators/resources.js';
import { type Member, membersOf } from './members.js';
import { dataSourceName, Names, tokenName, type Wanting } from './names.js';
import { findIndicators } from './probe-indicators.js';
import { type Provided, providersOf } from './providers.js';

// A walk over 51 providers takes 126 µs, and only a walk notices a module loaded lazily or a client
// made late: so one a second, and at once when there are more modules.
const WALK_EVERY_MS = 1000;

/** What one walk finds, each kind when it is asked for: liveness has nothing to do with the clients. */
interface Walk {
  dataSources(): ReadonlyMap<string, DataSourceLike>;
  memcachedClients(): ReadonlyMap<string, KnownClient>;
  indicators(): readonly FoundIndicator[];
}

/** Finds every DataSource, every memcached client and every indicator among the app's providers. */
@Injectable()
export class ResourceExplorer extends Resources implements OnModuleInit {
  private readonly logger = new Logger(LOG_CONTEXT);
  private readonly refused = new Set<string>();
  private readonly dataSourceNames = new Names<DataSourceLike>();
  private readonly clientNames = new Names<KnownClient>();
  private found?: Walk;
  private modules = 0;
  private walkedAt = -Infinity;

  constructor(
    @Inject(ModulesContainer) private readonly container: ModulesContainer,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    super();
    for (const { name, value } of this.givenClients()) {
      if (!this.clientsIn(value).length) {
        throw invalidOptionError(`memcached.clients.${name}`, value, MEMCACHED_CLIENT);
      }
    }
  }

  /** @throws {Error} when an indicator cannot be asked, saying which and why */
  onModuleInit(): void {
    // What was found while the app was being built, for a probe on its own port, was not all.
    this.found = undefined;
    const [refused] = findIndicators(providersOf(this.container, true)).refused;
    if (refused) throw new Error(refused);
  }

  override indicators(): readonly FoundIndicator[] {
    return this.look().indicators();
  }

  override dataSources(): ReadonlyMap<string, DataSourceLike> {
    return this.look().dataSources();
  }

  override memcachedClients(): ReadonlyMap<string, KnownClient> {
    return this.look().memcachedClients();
  }

  private look(): Walk {
    const time = now();
    const { size } = this.container;
    if (!this.found || size !== this.modules || time - this.walkedAt >= WALK_EVERY_MS) {
      this.modules = size;
      this.walkedAt = time;
      this.found = this.walk();
    }
    return this.found;
  }

  private walk(): Walk {
    const provided = providersOf(this.container);
    return {
      dataSources: once(() => this.findDataSources(provided)),
      memcachedClients: once(() => this.findClients(provided)),
      indicators: once(() => this.findIndicators(provided)),
    };
  }

  /** Those that can be asked. What is wrong with one of a module loaded lazily is said once. */
  private findIndicators(provided: readonly Provided[]): readonly FoundIndicator[] {
    const { indicators, refused } = findIndicators(provided);
    for (const sentence of refused) {
      if (!this.refused.has(sentence)) this.logger.error(sentence);
      this.refused.add(sentence);
    }
    return indicators;
  }

  private findDataSources(provided: readonly Provided[]): ReadonlyMap<string, DataSourceLike> {
    const found: Wanting<DataSourceLike>[] = [];
    for (const { token, value } of provided) {
      if (isDataSource(value))
        found.push({ identity: value, resource: value, wanted: dataSourceName(token) });
    }
    return this.dataSourceNames.assign(found);
  }

  private findClients(provided: readonly Provided[]): ReadonlyMap<string, KnownClient> {
    const found: Wanting<KnownClient>[] = [];
    const add = ({ name, value }: Member) => {
      const known = this.clientsIn(value);
      for (const each of known) found.push({ identity: each.client, resource: each, wanted: name });
      return known.length > 0;
    };
    const providers = provided.map(({ token, value }) => ({ name: tokenName(token), value }));
    // The names users know first: a client is called as it is provided, not as it is held.
    this.givenClients().forEach(add);
    const holders = providers.filter((each) => !add(each) && !isDataSource(each.value));
    for (const holder of holders) {
      for (const member of membersOf(holder)) add(member);
    }
    return this.clientNames.assign(found);
  }

  private clientsIn(value: unknown): KnownClient[] {
    const { memcached } = this.options;
    return knownClientsIn(value, memcached ? memcached.adapters : []);
  }

  private givenClients(): Member[] {
    const { memcached } = this.options;
    return Object.entries(memcached ? memcached.clients : {}).map(([name, value]) => ({
      name,
      value,
    }));
  }
}

function once<T extends object>(find: () => T): () => T {
  let found: T | undefined;
  return () => (found ??= find());
}
