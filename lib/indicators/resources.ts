import type { Checkable, ProbeIndicatorOptions } from './custom/probe-indicator.decorator.js';
import type { DataSourceLike } from './data-source/data-source-like.js';
import type { AdaptedClient } from './memcached/adapted-client.js';

/** A provider with `@ProbeIndicator()`. */
export interface FoundIndicator {
  readonly instance: Checkable;
  readonly options: ProbeIndicatorOptions;
}

/** A resource that was found. */
export interface FoundResource<R> {
  readonly resource: R;
  /** Whether the app can do without it, regardless of the options. */
  readonly optional: boolean;
}

/** The checked resources of an app, by name. */
export interface ResourceSnapshot {
  readonly dataSources: ReadonlyMap<string, FoundResource<DataSourceLike>>;
  readonly memcachedClients: ReadonlyMap<string, FoundResource<AdaptedClient>>;
  readonly indicators: readonly FoundIndicator[];
}

/** The resources of the app. Discovery implements it. */
export abstract class Resources {
  /** The same object until a resource comes or goes. */
  abstract snapshot(): ResourceSnapshot;
}
