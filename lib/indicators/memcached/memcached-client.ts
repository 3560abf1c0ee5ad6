/** What is used of a client of the `memcached` package. A shape, so that any copy of it matches. */
export interface MemcachedClientLike {
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
}

/** What a client makes of one of its servers. */
export type ServerState = 'used' | 'suspended' | 'dead' | 'removed' | 'failedOver';

const METHODS = ['command', 'connect', 'connectionIssue'] as const;
const STATE = ['HashRing', 'issues', 'connections'] as const;
const DEFAULT_PORT = ':11211';

/** Tells a `memcached` client by what it has; a proxy that throws at a look is none. */
export function isMemcachedClient(value: unknown): value is MemcachedClientLike {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  try {
    // State first and as own data, so that no getter of somebody else's object is run.
    return (
      Array.isArray(ownData(value, 'servers')) &&
      STATE.every((name) => typeof (ownData(value, name) ?? undefined) === 'object') &&
      METHODS.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
    );
  } catch {
    return false;
  }
}

const ownData = (value: object, name: string): unknown =>
  Object.getOwnPropertyDescriptor(value, name)?.value;

/** The addresses a client dials, as it dials them, once each. */
export function serversOf(client: MemcachedClientLike): string[] {
  const known = [...client.servers, ...ringOf(client)].filter((each) => typeof each === 'string');
  return [...new Set(known.map(dialled))];
}

/** Whether the client sends anything to a server of {@link serversOf}. Reads only. */
export function stateOf(client: MemcachedClientLike, address: string): ServerState {
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
}

const ringOf = ({ HashRing }: MemcachedClientLike) =>
  (HashRing.servers ?? []).map(({ string = '' }) => string);

// The client's own rule. What it makes of a unix path ('/tmp/x.sock:11211') or of '[::1]:11211' does
// not work there either, so it must not work here.
const dialled = (server: string) => (/(.+):(\d+)$/.test(server) ? server : server + DEFAULT_PORT);
