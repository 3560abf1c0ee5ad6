import type { ResolvedOptions } from '../health.options.js';
import { type DataSourceLike, isDataSource } from '../indicators/data-source/data-source-like.js';
import { type AdaptedClient, adaptedClientsIn } from '../indicators/memcached/adapted-client.js';
import type { Provided } from '../nest/providers.js';
import { membersOf, type OnSkipped } from './members.js';
import type { Candidate } from './name-registry.js';
import { dataSourceName, tokenName } from './names.js';
import { type DecoratedProvider, decoratedProvider } from './probe-indicators.js';

/** The result of a search, in the order in which the resources get their names. */
export interface SearchResult {
  readonly indicators: DecoratedProvider[];
  readonly dataSources: Candidate<DataSourceLike>[];
  readonly clients: Candidate<AdaptedClient>[];
}

/**
 * Searches providers and what they hold for indicators, DataSources and memcached clients. A generator:
 * a walk over 5 000 providers takes 200 ms, so all but the first run in slices.
 */
export class ResourceSearch {
  private readonly found: SearchResult = { indicators: [], dataSources: [], clients: [] };

  constructor(
    private readonly options: ResolvedOptions,
    private readonly onSkipped: OnSkipped,
  ) {}

  *run(provided: Iterable<Provided>): Generator<undefined, SearchResult> {
    this.addGiven();
    // Providers first: a resource that is a provider and is also held by one has the provider's name.
    const holders: { name: string; value: unknown }[] = [];
    for (const each of provided) {
      const { token, value } = each;
      const decorated = decoratedProvider(each);
      if (decorated) this.found.indicators.push(decorated);
      if (!this.addProvider(token, value)) holders.push({ name: tokenName(token), value });
      yield;
    }
    for (const { name, value } of holders) {
      for (const member of membersOf(name, value, this.onSkipped)) {
        this.add(member.name, member.value, member.inContainer);
        yield;
      }
    }
    return this.found;
  }

  /** Resources in the options come first, since the user has chosen their names. */
  private addGiven(): void {
    const { dataSources, memcached } = this.options;
    for (const [name, value] of Object.entries(dataSources ? dataSources.sources : {})) {
      this.add(name, value, false);
    }
    for (const [name, value] of Object.entries(memcached ? memcached.clients : {})) {
      this.add(name, value, false);
    }
  }

  private addProvider(token: Provided['token'], value: unknown): boolean {
    if (isDataSource(value)) {
      this.addDataSource(dataSourceName(token, value), value, false);
      return true;
    }
    return this.add(tokenName(token), value, false);
  }

  private add(name: string, value: unknown, inContainer: boolean): boolean {
    if (isDataSource(value)) {
      this.addDataSource(name, value, inContainer);
      return true;
    }
    const { memcached } = this.options;
    const clients = memcached ? adaptedClientsIn(value, memcached.adapters) : [];
    for (const resource of clients) {
      const { client: identity } = resource;
      this.found.clients.push({ identity, resource, wanted: name, optional: false });
    }
    return clients.length > 0;
  }

  /** One in a container is made at run time, as for a tenant: it must not take the pod out. */
  private addDataSource(wanted: string, resource: DataSourceLike, optional: boolean): void {
    this.found.dataSources.push({ identity: resource, resource, wanted, optional });
  }
}
