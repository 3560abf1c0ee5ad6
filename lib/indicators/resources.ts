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

/** The app's resources by name, each collection the same object until it changes. Discovery implements it. */
export abstract class Resources {
  abstract dataSources(): ReadonlyMap<string, FoundResource<DataSourceLike>>;
  abstract memcachedClients(): ReadonlyMap<string, FoundResource<KnownClient>>;
  abstract indicators(): readonly FoundIndicator[];
}
