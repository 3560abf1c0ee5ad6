import type { DataSourceLike } from './data-source/data-source-like.js';
import type { KnownClient } from './memcached/known-client.js';

/** Where the indicators get the app's resources from, by name. Discovery is the implementation. */
export abstract class Resources {
  abstract dataSources(): ReadonlyMap<string, DataSourceLike>;
  abstract memcachedClients(): ReadonlyMap<string, KnownClient>;
}
