import type { MemcachedClientAdapter } from '../../../options/memcached-client.adapter.js';
import { hasMethods, isObjectOrArray, ownData } from './own-data.js';

/** The fields of a client of the `memjs` package that are read. A shape, so that any copy of it matches. */
interface Client {
  readonly servers: readonly Server[];
  readonly options: { readonly failover?: boolean };
}

interface Server {
  readonly host: string;
  readonly port: number;
  /** Until when the client passes it over, in milliseconds since the epoch; with `failover` alone. */
  readonly wakeupAt?: number;
}

/** Clients of `memjs`. They use the binary protocol, with or without SASL, and no TLS. */
export const memjsAdapter: MemcachedClientAdapter<Client> = {
  matches(value) {
    const servers = ownData(value, 'servers');
    return (
      Array.isArray(servers) &&
      servers.every(
        (server) => isObjectOrArray(server) && typeof ownData(server, 'host') === 'string',
      ) &&
      typeof ownData(value, 'seq') === 'number' &&
      isObjectOrArray(ownData(value, 'options')) &&
      hasMethods(value, 'perform', 'server', 'getServer')
    );
  },

  servers: ({ servers, options }) =>
    [...new Set(servers.map(addressOf))].map((address) => ({
      address,
      protocol: 'binary',
      failover: Boolean(options.failover),
    })),

  stateOf: ({ servers }, { address }) =>
    servers.some((server) => addressOf(server) === address && isAsleep(server))
      ? 'suspended'
      : 'used',
};

const addressOf = ({ host, port }: Server) => `${host}:${port}`;

const isAsleep = ({ wakeupAt = 0 }: Server) => wakeupAt > Date.now();
