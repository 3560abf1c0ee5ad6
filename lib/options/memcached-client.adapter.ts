/**
 * What a client makes of one of its servers: `used`; `suspended` for a while; `dead`, given up for
 * hours; `removed` until a restart; or `failedOver`, when a spare server took its place.
 *
 * @publicApi
 */
export type MemcachedServerState = 'used' | 'suspended' | 'dead' | 'removed' | 'failedOver';

/**
 * One server of a client.
 *
 * @publicApi
 */
export interface MemcachedServer {
  /**
   * As the client dials it: `host:port`, where the last colon counts, or the path of a Unix socket.
   * Never with a user or a password: it is shown under `details: 'full'`.
   */
  readonly address: string;

  /**
   * The protocol it is asked for its version in. A server that wants SASL answers `'binary'` alone,
   * and needs no password for that.
   *
   * @default 'text'
   */
  readonly dialect?: 'text' | 'binary';

  /**
   * Whether the client uses another one of its servers when this one fails. Such a server is
   * `degraded` when it is down, as long as another one is up.
   *
   * @default false
   */
  readonly failover?: boolean;

  /**
   * Whether the client speaks TLS to it. The module does not: such a server is not asked, and
   * `degraded`.
   *
   * @default false
   */
  readonly tls?: boolean;
}

/**
 * What the module has to know of a package for memcached to check its clients. It has adapters for
 * `memcached`, `memjs`, `memcache`, `memcache-client`, `memcache-plus` and `@keyv/memcache`; those of
 * `memcached.adapters` come first.
 *
 * An adapter only looks: it never calls or changes the client, and runs none of its getters.
 *
 * @example
 * ```ts
 * const adapter: MemcachedClientAdapter<MyClient> = {
 *   matches: (value) => value instanceof MyClient,
 *   servers: (client) => client.hosts.map((host) => ({ address: `${host}:11211` })),
 * };
 * ```
 *
 * @publicApi
 */
export interface MemcachedClientAdapter<Client extends object = object> {
  /** Whether a value is such a client. Asked of every value of every provider: one that throws is none. */
  matches(value: object): boolean;

  /** The servers the client has now. When it throws, the client is down. */
  servers(client: Client): readonly MemcachedServer[];

  /**
   * What the client's own bookkeeping says of one of its {@link servers}, looked up once that one has
   * been asked.
   *
   * @default 'used'
   */
  stateOf?(client: Client, server: MemcachedServer): MemcachedServerState;

  /**
   * The client's settings that make a fault worse, a sentence each. They are logged once at start-up.
   *
   * @default []
   */
  warnings?(client: Client): readonly string[];
}
