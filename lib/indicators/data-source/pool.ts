import type { Socket } from 'node:net';

/** A connection of the app's own pool, held for one query. */
export interface PooledConnection {
  readonly socket: Socket | undefined;
  query(sql: string): Promise<unknown>;
  /** Returns it to the pool. */
  release(): void;
  /** Removes it from the pool: a connection that fails at this query is of no use to the app either. */
  discard(): void;
}

/** The connection pool of a driver, as far as a ping needs it. */
export interface Pool {
  /** Joins the wait queue. A connection that the pool opens for it is opened before this returns. */
  acquire(): Promise<PooledConnection>;
  isClosed(): boolean;
  /** The connections of the pool, including those that are being opened. */
  members(): readonly unknown[];
  isOpening(member: unknown): boolean;
  socketOf(member: unknown): Socket | undefined;
  /** The `host:port` or socket path that a member connects to. */
  addressOf(member: unknown): string;
  /** The name that a member has to look up before it can connect, if any. */
  hostOf(member: unknown): string | undefined;
  /** A ticket for each request that waits for a connection of others, oldest first. */
  waitQueue(): readonly unknown[];
  /** Calls `listener` when a request gets a connection, at least if the wait queue is empty. */
  onServed(listener: () => void): void;
  /** Whether the request with this ticket timed out. */
  hasTimedOut(ticket: unknown): boolean;
  /** Runs a query on a connection outside the pool, opened like the pool's own and closed at the end. */
  queryOutside(sql: string, signal: AbortSignal): Promise<unknown>;
  /** Closes idle connections, and the others when they are released. */
  end(): void;
  /** Whether the server sent this error, and so is alive, unless the error says that it serves nobody. */
  provesAlive(error: unknown): boolean;
}
