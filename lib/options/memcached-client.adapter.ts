/**
 * The state of a server in a client: `used`; `suspended` for a while; `dead`, not used for hours; `removed`
 * until a restart; or `failedOver`, when a failover server has replaced it.
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
   * The address that the client dials: `host:port`, where the last colon counts, or the path of a Unix
   * socket. Never with a user or a password: `details: 'full'` shows it.
   */
  readonly address: string;

  /**
   * The protocol of the ping. A server with SASL responds to `'binary'` only, and needs no password for a
   * ping.
   *
   * @default 'text'
   */
  readonly protocol?: 'text' | 'binary';

  /**
   * Whether the client uses another one of its servers when this one fails. Such a server is
   * `degraded` when it is down, as long as another one is up.
   *
   * @default false
   */
  readonly failover?: boolean;

  /**
   * Whether the client uses TLS. The module does not support TLS: such a server is not pinged, and is
   * `degraded`.
   *
   * @default false
   */
  readonly tls?: boolean;
}

/**
 * Lets the module check the clients of a package for memcached. The module has adapters for
 * `memcached`, `memjs`, `memcache`, `memcache-client`, `memcache-plus` and `@keyv/memcache`; those of
 * `memcached.adapters` come first.
 *
 * An adapter only reads: it never calls or changes the client, and runs none of its getters.
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
  /** Whether a value is such a client. Called with every value of every provider; throwing means no. */
  matches(value: object): boolean;

  /** The servers of the client at this moment. When it throws, the client is down. */
  servers(client: Client): readonly MemcachedServer[];

  /**
   * The client's own state of one of its {@link servers}. Called after the ping of that server.
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
