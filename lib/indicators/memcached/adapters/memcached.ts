import { CONFIGURATION_WARNING } from '../../../health.messages.js';
import type { MemcachedClientAdapter } from '../../../options/memcached-client.adapter.js';
import { hasMethods, isObjectOrArray, ownData } from './own-data.js';

/** The fields of a client of the `memcached` package that are read. A shape, so that any copy of it matches. */
interface Client {
  /** The user's own array; never shrinks. */
  readonly servers: readonly string[];
  /** The ring that the client picks servers from: failover servers are in it, removed ones are not. */
  readonly HashRing: { readonly servers?: readonly { readonly string?: string }[] };
  /** The failures of a server, by the server as given and as dialled. */
  readonly issues: Readonly<
    Record<string, { readonly failed?: boolean; readonly locked?: boolean }>
  >;
  /** Milliseconds until a dead server is tried again. */
  readonly reconnect?: number;
  /** Failures until a server is dead. */
  readonly failures?: number;
}

const DEFAULT_PORT = ':11211';
const LONG_RECONNECT_MS = 3_600_000;
// So many are set in order that no server is ever dead.
const MANY_FAILURES = 1000;

/** Clients of `memcached`. They support neither SASL nor TLS. */
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
    const issue = [address, address.replace(DEFAULT_PORT, '')]
      .map((key) => issues[key])
      .find((each) => each?.failed);
    const ring = ringOf(client);
    // With one server the client does not use the ring.
    if (servers.length > 1 && !ring.map(dialled).includes(address)) {
      return ring.length < servers.length ? 'removed' : 'failedOver';
    }
    if (!issue) return 'used';
    // Locked until its `retry` is over, 30 s by default; afterwards until `reconnect`, 5 hours.
    return issue.locked ? 'suspended' : 'dead';
  },

  warnings: ({ reconnect = 0, failures = 0 }) =>
    reconnect >= LONG_RECONNECT_MS && failures < MANY_FAILURES
      ? [CONFIGURATION_WARNING.longReconnect(reconnect)]
      : [],
};

const ringOf = ({ HashRing }: Client) => (HashRing.servers ?? []).map(({ string = '' }) => string);

// The client's own rule: a unix path ('/tmp/x.sock:11211') and '[::1]:11211' do not work there either.
const dialled = (server: string) => (/(.+):(\d+)$/.test(server) ? server : server + DEFAULT_PORT);
