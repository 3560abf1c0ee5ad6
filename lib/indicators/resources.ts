import type { Checkable, ProbeIndicatorOptions } from './custom/probe-indicator.decorator.js';
import type { DataSourceLike } from './data-source/data-source-like.js';
import type { KnownClient } from './memcached/known-client.js';

/** A provider with `@ProbeIndicator()`. */
export interface FoundIndicator {
  readonly instance: Checkable;
  readonly options: ProbeIndicatorOptions;
}

/** A resource that was found. */
export interface FoundResource<R> {
  readonly resource: R;
  /** Whether the app can do without it, whatever the options say. */
  readonly optional: boolean;
}

/** What an app has to check, by name. */
export interface ResourceSnapshot {
  readonly dataSources: ReadonlyMap<string, FoundResource<DataSourceLike>>;
  readonly memcachedClients: ReadonlyMap<string, FoundResource<KnownClient>>;
  readonly indicators: readonly FoundIndicator[];
}

/** The resources of the app. Discovery implements it. */
export abstract class Resources {
  /** The same object until a resource comes or goes. */
  abstract snapshot(): ResourceSnapshot;

  dataSources() {
    return this.snapshot().dataSources;
  }
}
