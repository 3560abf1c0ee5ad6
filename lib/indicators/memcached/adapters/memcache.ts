import type { MemcachedClientAdapter } from '../../../options/memcached-client.adapter.js';
import { hasMethods, isObjectOrArray, ownData } from './own-data.js';

/**
 * The fields of a client of the `memcache` package that are read, all private: its public members are
 * getters. A shape, so that any copy of it matches.
 */
interface Client {
  readonly _nodes: readonly Node[];
}

interface Node {
  readonly _host: string;
  /** 0 for a Unix socket, which the client then looks up as a host name: it never works. */
  readonly _port: number;
  readonly _sasl?: object;
  readonly _tls?: object | boolean;
}

/** Clients of `memcache`. They never suspend a server: each command to one that is down dials it again. */
export const memcacheAdapter: MemcachedClientAdapter<Client> = {
  matches(value) {
    const nodes = ownData(value, '_nodes');
    return (
      Array.isArray(nodes) &&
      nodes.every((node) => isObjectOrArray(node) && typeof ownData(node, '_host') === 'string') &&
      isObjectOrArray(ownData(value, '_hash')) &&
      hasMethods(value, 'getNodesByKey', 'addNode', 'parseUri')
    );
  },

  servers: ({ _nodes }) =>
    _nodes.map(({ _host, _port, _sasl, _tls }) => ({
      address: `${_host}:${_port}`,
      protocol: _sasl ? 'binary' : 'text',
      tls: Boolean(_tls),
    })),
};
