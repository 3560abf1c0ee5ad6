import type { MemcachedClientAdapter } from '../../../options/memcached-client.adapter.js';
import { hasMethods, isObjectOrArray, ownData } from './own-data.js';

/** The fields of a client of the `memcache-plus` package that are read. */
interface Client {
  readonly hosts: readonly string[];
  readonly tls: object | null;
  /** By host as given; with `poolSize`, a pool of connections. */
  readonly connections: Readonly<Record<string, Connection & { readonly pool?: Connection[] }>>;
}

interface Connection {
  readonly ready?: boolean;
  /** Milliseconds until it dials again: 10 while it is connected, doubled at each failure up to 20 480. */
  readonly backoff?: number;
}

const FIRST_BACKOFF_MS = 10;

/** Clients of `memcache-plus`: they dial when they are created, and again whenever a connection is lost. */
export const memcachePlusAdapter: MemcachedClientAdapter<Client> = {
  matches: (value) =>
    Array.isArray(ownData(value, 'hosts')) &&
    ['connections', 'ring'].every((name) => isObjectOrArray(ownData(value, name))) &&
    // It then sends nothing.
    ownData(value, 'disabled') !== true &&
    hasMethods(value, 'splitHost', 'connectToHosts', 'flushBuffer'),

  servers: ({ hosts, tls }) => hosts.map((host) => ({ address: dialled(host), tls: Boolean(tls) })),

  stateOf({ hosts, connections }, { address }) {
    const isWaiting = hosts
      .filter((host) => dialled(host) === address)
      .flatMap((host) => connections[host]?.pool ?? connections[host] ?? [])
      .some(({ ready, backoff = 0 }) => !ready && backoff > FIRST_BACKOFF_MS);
    // Until it dials again, each command waits for it, and most time out: `netTimeout` is 500 ms.
    return isWaiting ? 'suspended' : 'used';
  },
};

// The client's own rule: an IPv6 address does not work there either.
function dialled(given: string): string {
  const [host, port = '11211'] = given.split(':');
  return `${host || 'localhost'}:${port}`;
}
