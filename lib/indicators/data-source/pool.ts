import { isIP, type Socket } from 'node:net';
import { onAbort } from '../../checks/deadline.js';

/** A connection of the app's own pool, held for one query. */
export interface HeldConnection {
  readonly socket: Socket | undefined;
  query(sql: string): Promise<unknown>;
  /** Gives it back. */
  release(): void;
  /** Takes it out of the pool: one that fails at this query is of no use to the app either. */
  drop(): void;
}

/** A driver's connection pool, as far as a probe needs it. */
export interface Pool {
  /** Gets in line. What the pool opens for it, it opens before this returns. */
  acquire(): Promise<HeldConnection>;
  /** Whether the pool gives no connections any more. */
  isClosed(): boolean;
  /** The connections the pool has, those still being opened included. */
  members(): readonly unknown[];
  /** Whether a member is not ready to be used yet. */
  isOpening(member: unknown): boolean;
  socketOf(member: unknown): Socket | undefined;
  /** The `host:port` or socket path that a member connects to. */
  addressOf(member: unknown): string;
  /** The name a member has to look up before it can connect, if any. */
  hostOf(member: unknown): string | undefined;
  /** Those who wait for a connection of others, longest first. */
  line(): readonly unknown[];
  /** Calls `served` when somebody gets a connection, at least if nobody is in line. */
  onServed(served: () => void): void;
  /** Whether one who was in line left it without a connection. */
  gaveUp(place: unknown): boolean;
  /** Asks on a connection outside the pool, opened like the pool's own and closed at the end. */
  askAside(sql: string, signal: AbortSignal): Promise<unknown>;
  /** Closes what is idle, and the rest when it comes back. */
  end(): void;
  /** Whether the server sent this error, which proves it alive, and the error does not say that it serves nobody. */
  provesAlive(error: unknown): boolean;
}

/** Fails the query that is under way on a socket; the driver drops the connection. */
export function kill(socket: Socket | undefined, reason = 'given up by the health check'): void {
  socket?.destroy(new Error(reason));
}

/**
 * The name that a socket of the user's (`stream`, as for Google's Cloud SQL) looks up, whatever the driver
 * was told. Private to Node, which has it from the dialling on; without it a look-up is not waited for.
 */
export const dialledName = (socket: Socket | undefined): string | undefined =>
  (socket as { _host?: string | null } | undefined)?._host ?? undefined;

/**
 * The look-up of the host of a connection that is being opened. `getaddrinfo` cannot be cancelled and
 * each takes one of libuv's four threads, so that one under way had better stay the only one.
 */
export class HostLookup {
  running: boolean;

  constructor(
    private readonly socket: Socket | undefined,
    host: string | undefined,
  ) {
    this.running = socket !== undefined && host !== undefined && !isIP(host);
    socket?.once('lookup', () => (this.running = false));
  }

  /** Calls `act` as soon as no look-up is under way. */
  whenOver(act: () => void): void {
    if (this.running) this.socket?.once('lookup', act);
    else act();
  }
}

/**
 * Asks on a connection that is in no pool, and is gone in any case when this settles.
 *
 * @param socket that of the moment: with TLS there are two, one after the other
 */
export async function askAndDrop<T>(
  socket: () => Socket | undefined,
  host: () => string | undefined,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  const answer = ask();
  // It has dialled by now.
  const lookup = new HostLookup(socket(), host());
  const drop = () => kill(socket());
  const callOff = onAbort(signal, () => lookup.whenOver(drop));
  try {
    return await answer;
  } finally {
    callOff();
    drop();
  }
}
