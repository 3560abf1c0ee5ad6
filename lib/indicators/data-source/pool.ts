/** A connection of the app's own pool, held for one query. */
export interface HeldConnection {
  query(sql: string): Promise<unknown>;
  /** Destroys its socket: the query under way fails, and the pool drops the connection. */
  kill(reason: Error): void;
  release(): void;
}

/** A driver's connection pool, as far as a probe needs it. */
export interface Pool {
  acquire(): Promise<HeldConnection>;
  /** The connections the pool has, those still being opened included. */
  members(): readonly unknown[];
  /** Destroys the socket of a member that is being opened: whoever waits for it is told at once. */
  kill(member: unknown, reason: Error): void;
}
