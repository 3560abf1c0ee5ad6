import { HAZARD } from '../../../health.messages.js';
import type { MemcachedClientAdapter } from '../../../options/memcached-client.adapter.js';
import { hasMethods, isObjectOrArray, ownData } from './own-data.js';

/** What is used of a client of the `memcached` package. A shape, so that any copy of it matches. */
interface Client {
  /** The user's own array; never shrinks. */
  readonly servers: readonly string[];
  /** The ring the client really picks servers from: failover servers are in it, removed ones are not. */
  readonly HashRing: { readonly servers?: readonly { readonly string?: string }[] };
  /** The trouble the client has had with a server, by the server as given and as dialled. */
  readonly issues: Readonly<
    Record<string, { readonly failed?: boolean; readonly locked?: boolean }>
  >;
  /** After how many milliseconds a server that was given up is tried again. */
  readonly reconnect?: number;
  /** After how many failures a server is given up. */
  readonly failures?: number;
}

const DEFAULT_PORT = ':11211';
const LONG_RECONNECT_MS = 3_600_000;
// Whoever allows so many has set it so that no server is ever given up.
const MANY_FAILURES = 1000;

/** Clients of `memcached`. They know neither SASL nor TLS. */
export const memcachedAdapter: MemcachedClientAdapter<Client> = {
  matches: (value) =>
    Array.isArray(ownData(value, 'servers')) &&
    ['HashRing', 'issues', 'connections'].every((name) => isObjectOrArray(ownData(value, name))) &&
    hasMethods(value, 'command', 'connect', 'connectionIssue'),

  servers(client) {
    const known = [...client.servers, ...ringOf(client)].filter((each) => typeof each === 'string');
    return [...new Set(known.map(dialled))].map((address) => ({ address }));
  },

  stateOf(client, { address }) {
    const { issues, servers } = client;
    const trouble = [address, address.replace(DEFAULT_PORT, '')]
      .map((key) => issues[key])
      .find((issue) => issue?.failed);
    const ring = ringOf(client);
    // With one server the client does not look at the ring.
    if (servers.length > 1 && !ring.map(dialled).includes(address)) {
      return ring.length < servers.length ? 'removed' : 'failedOver';
    }
    if (!trouble) {
      return 'used';
    }
    // Locked until its `retry` is over, 30 s by default; afterwards until `reconnect`, 5 hours.
    return trouble.locked ? 'suspended' : 'dead';
  },

  hazards: ({ reconnect = 0, failures = 0 }) =>
    reconnect >= LONG_RECONNECT_MS && failures < MANY_FAILURES
      ? [HAZARD.longReconnect(reconnect)]
      : [],
};

const ringOf = ({ HashRing }: Client) => (HashRing.servers ?? []).map(({ string = '' }) => string);

// The client's own rule. What it makes of a unix path ('/tmp/x.sock:11211') or of '[::1]:11211' does
// not work there either, so it must not work here.
const dialled = (server: string) => (/(.+):(\d+)$/.test(server) ? server : server + DEFAULT_PORT);
