import { nextLoopTurn, now } from '../../checks/clock.js';
import { onAbort } from '../../checks/deadline.js';
import type { Outcome } from '../../checks/outcome.js';
import { DATABASE } from '../../health.messages.js';
import { Acquisition } from './acquisition.js';
import type { PingQuery } from './ping-query.js';
import { destroySocket, type HeldConnection, HostLookup, type Pool } from './connection-pool.js';

export interface PoolPingOptions {
  readonly timeoutMs: number;
  /** The status of a server that is alive while the app's pool is busy. */
  readonly whenBusy: 'degraded' | 'down';
  /** Aborts when the app shuts down. */
  readonly shutdown: AbortSignal;
}

// After this part of the deadline in the wait queue the ping goes outside the pool, which leaves time for it.
const PATIENCE = 1 / 3;
// A pool that has served nobody for this many deadlines is leaked or stuck, not busy.
const STUCK_AFTER_DEADLINES = 10;

/** Pings a server through the app's own pool, so that the ping gets what the app would get. */
export class PoolPing {
  private acquisition?: Acquisition;
  /** Since when the pool has served nobody, as far as is known. */
  private unserved?: { readonly served: number; readonly since: number };

  constructor(
    readonly pool: Pool,
    private readonly options: PoolPingOptions,
  ) {}

  async run(query: PingQuery, signal: AbortSignal, isRetry = false): Promise<Outcome> {
    const acquisition = this.joinAcquisition();
    const connection = await acquisition.wait(this.options.timeoutMs * PATIENCE, signal);
    if (!connection) return this.pingOutside(query, signal);
    this.unserved = undefined;
    try {
      return await pingOn(connection, query, signal);
    } catch (error) {
      if (isRetry || acquisition.isNew || signal.aborted) throw error;
      // The server may have ended this connection and others while the event loop was blocked. After a
      // turn of the loop the pool knows which, and the state of the next one is the server's.
      await nextLoopTurn();
      signal.throwIfAborted();
      return this.run(query, signal, true);
    }
  }

  /**
   * The acquisition that is still pending from an earlier ping, or a new one. Abandoned ones that pile
   * up, each of which takes a connection later, are what kills the app of a naive probe.
   */
  private joinAcquisition(): Acquisition {
    if (!this.acquisition?.isPending) {
      this.acquisition = new Acquisition(this.pool, this.options.shutdown);
    }
    return this.acquisition;
  }

  /** A busy pool is not a dead database: one connection outside the pool shows which it is. */
  private async pingOutside(query: PingQuery, signal: AbortSignal): Promise<Outcome> {
    try {
      const outcome = query.outcomeOf(await queryOutside(this.pool, query.sql, signal));
      if (outcome.status !== 'up') return outcome;
    } catch (error) {
      if (!this.pool.provesAlive(error)) throw error;
    }
    return this.isStuck()
      ? { status: 'down', message: DATABASE.poolStuck }
      : { status: this.options.whenBusy, message: DATABASE.poolBusy };
  }

  private isStuck(): boolean {
    const served = this.pool.served();
    if (served !== this.unserved?.served) this.unserved = { served, since: now() };
    return now() - this.unserved.since >= this.options.timeoutMs * STUCK_AFTER_DEADLINES;
  }
}

async function pingOn(
  connection: HeldConnection,
  { sql, outcomeOf }: PingQuery,
  signal: AbortSignal,
): Promise<Outcome> {
  const stopListening = onAbort(signal, () => destroySocket(connection.socket));
  try {
    const rows = await connection.query(sql);
    connection.release();
    return outcomeOf(rows);
  } catch (error) {
    connection.release({ broken: true });
    throw error;
  } finally {
    stopListening();
  }
}

/** The connection is closed in any case when this settles. */
async function queryOutside(pool: Pool, sql: string, signal: AbortSignal): Promise<unknown> {
  const { connection, rows } = pool.queryOutside(sql);
  const destroy = () => destroySocket(pool.inspect(connection).socket);
  const lookup = new HostLookup(pool.inspect(connection).socket);
  const stopListening = onAbort(signal, () => lookup.whenOver(destroy));
  try {
    return await rows;
  } finally {
    stopListening();
    destroy();
  }
}
