import type { Socket } from 'node:net';

/** A connection of the app's own pool, held for one query. */
export interface HeldConnection {
  readonly socket: Socket | undefined;
  query(sql: string): Promise<unknown>;
  /** Gives it back; with `broken` it leaves the pool, as one that fails at this query is of no use to the app. */
  release(options?: { broken: boolean }): void;
}

/** The state of a driver's connection. */
export interface ConnectionState {
  /** The socket of the moment: TLS replaces the first one. */
  readonly socket: Socket | undefined;
  /** The `host:port` or socket path it connects to. */
  readonly address: string;
  /** Whether it cannot be used yet. */
  readonly isOpening: boolean;
}

/** A driver's connection pool, as far as a ping needs it. */
export interface Pool {
  /** Requests a connection. One that the pool opens for it is a member before this returns. */
  acquire(): Promise<HeldConnection>;
  /** Whether the pool gives no connections any more. */
  isClosed(): boolean;
  /** The connections of the pool, those being opened included. */
  members(): readonly unknown[];
  inspect(connection: unknown): ConnectionState;
  /** The wait queue: requests that wait for a connection in use, the oldest first. */
  waiters(): readonly unknown[];
  /** A number that changes when somebody gets a connection. */
  served(): number;
  /** Queries on a connection outside the pool, opened like the pool's own and closed after the query. */
  queryOutside(sql: string): { readonly connection: unknown; readonly rows: Promise<unknown> };
  /** Closes idle connections now, and the others when they come back. */
  end(): void;
  /**
   * Whether the server sent this error, which proves it alive, and the error does not mean that it
   * serves nobody.
   */
  provesAlive(error: unknown): boolean;
  /** Lets the pool's first connection fail while `mayFail()`. */
  tolerateFirstFailure?(mayFail: () => boolean): void;
}

/** Fails the query that runs on a socket; the driver drops the connection. */
export function destroySocket(socket: Socket | undefined, reason = 'given up by the health check') {
  socket?.destroy(new Error(reason));
}

// The first of these ends a lookup. A socket without one, to an address or a path, emits one of the
// last three in a later tick.
const LOOKUP_ENDS = ['lookup', 'connectionAttempt', 'connect', 'close'];

/**
 * The host lookup of a connection that is being opened: create it in the tick in which that begins.
 * `getaddrinfo` cannot be cancelled and each call takes one of libuv's four threads, so the one that
 * runs should stay the only one.
 */
export class HostLookup {
  isRunning: boolean;
  private readonly ended: Promise<void>;

  constructor(socket: Socket | undefined) {
    this.isRunning = socket?.connecting === true;
    this.ended = new Promise((resolve) => {
      for (const event of LOOKUP_ENDS) {
        socket?.once(event, () => {
          this.isRunning = false;
          resolve();
        });
      }
    });
  }

  /** Calls `act` as soon as no lookup runs, but not within the socket's event: Node goes on to use its handle. */
  whenOver(act: () => void): void {
    if (this.isRunning) void this.ended.then(act);
    else act();
  }
}
