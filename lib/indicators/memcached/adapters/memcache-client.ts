import type { MemcachedClientAdapter } from '../../../options/memcached-client.adapter.js';
import { hasMethods, isObjectOrArray, ownData } from './own-data.js';

/** The fields of a client of the `memcache-client` package that are read, all private. */
interface Client {
  readonly options: { readonly tls?: object };
  readonly _servers: {
    readonly _servers: readonly Server[];
    /** Servers that refused a connection: passed over while another one is left. */
    readonly _exServers: readonly Server[];
    readonly _config: { readonly failedServerOutTime: number };
  };
}

interface Server {
  readonly server: string;
  /** Milliseconds since the epoch. */
  readonly exiledTime?: number;
}

/** Clients of `memcache-client`: each command goes to one of their servers by chance, and to another when that fails. */
export const memcacheClientAdapter: MemcachedClientAdapter<Client> = {
  matches(value) {
    const servers = ownData(value, '_servers');
    return (
      isObjectOrArray(servers) &&
      ['_servers', '_exServers'].every((name) => Array.isArray(ownData(servers, name))) &&
      isObjectOrArray(ownData(servers, '_config')) &&
      isObjectOrArray(ownData(value, 'options')) &&
      hasMethods(value, 'xsend', 'xretrieve')
    );
  },

  servers({ options, _servers: { _servers, _exServers } }) {
    const all = [..._servers, ..._exServers];
    return all.map(({ server }) => ({
      address: dialled(server),
      tls: options.tls !== undefined,
      failover: all.length > 1,
    }));
  },

  stateOf({ _servers: { _exServers, _config } }, { address }) {
    const exiled = _exServers.find(({ server }) => dialled(server) === address);
    const isExiled = Date.now() - (exiled?.exiledTime ?? -Infinity) < _config.failedServerOutTime;
    return isExiled ? 'suspended' : 'used';
  },
};

// The client's own rule: an IPv6 address does not work there either.
const dialled = (server: string) => server.split(':', 2).join(':');
