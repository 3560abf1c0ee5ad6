import type { Checkable, ProbeIndicatorOptions } from './custom/probe-indicator.decorator.js';
import type { DataSourceLike } from './data-source/data-source-like.js';
import type { KnownClient } from './memcached/known-client.js';

/** A provider with `@ProbeIndicator()`. */
export interface FoundIndicator {
  readonly instance: Checkable;
  readonly options: ProbeIndicatorOptions;
}

/** The app's resources by name, each collection the same object until it changes. Discovery implements it. */
export abstract class Resources {
  abstract dataSources(): ReadonlyMap<string, DataSourceLike>;
  abstract memcachedClients(): ReadonlyMap<string, KnownClient>;
  abstract indicators(): readonly FoundIndicator[];
}
