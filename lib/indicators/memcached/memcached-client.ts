/** What is used of a client of the `memcached` package. A shape, so that any copy of it matches. */
export interface MemcachedClientLike {
  /** The user's own array; never shrinks. */
  readonly servers: readonly string[];
  /** The ring the client really picks servers from: failover servers are in it, removed ones are not. */
  readonly HashRing: { readonly servers?: readonly { readonly string?: string }[] };
}

const METHODS = ['command', 'connect', 'connectionIssue'] as const;
const STATE = ['HashRing', 'issues', 'connections'] as const;

/** Tells a `memcached` client by what it has; a proxy that throws at a look is none. */
export function isMemcachedClient(value: unknown): value is MemcachedClientLike {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  try {
    const client = value as Record<string, unknown>;
    return (
      Array.isArray(client.servers) &&
      METHODS.every((name) => typeof client[name] === 'function') &&
      STATE.every((name) => typeof client[name] === 'object' && client[name] !== null)
    );
  } catch {
    return false;
  }
}

/** The addresses a client dials, as it dials them, once each. */
export function serversOf(client: MemcachedClientLike): string[] {
  const inRing = (client.HashRing.servers ?? []).map((server) => server.string);
  const known = [...client.servers, ...inRing].filter((server) => typeof server === 'string');
  return [...new Set(known.map(dialled))];
}

// The client's own rule. What it makes of a unix path ('/tmp/x.sock:11211') or of '[::1]:11211' does
// not work there either, so it must not work here.
const dialled = (server: string) => (/(.+):(\d+)$/.test(server) ? server : `${server}:11211`);
