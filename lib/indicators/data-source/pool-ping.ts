import { nextLoopTurn } from '../../checks/clock.js';
import { onAbort } from '../../checks/deadline.js';
import type { Outcome } from '../../checks/outcome.js';
import { DATABASE } from '../../health.messages.js';
import { Acquisition } from './acquisition.js';
import { rowsToOutcome } from './driver-ping.js';
import type { Pool, PooledConnection } from './pool.js';
import { destroySocket } from './sockets.js';
import { WaitQueueWatch } from './wait-queue-watch.js';

export interface PoolPingOptions {
  readonly timeoutMs: number;
  /** The status of the app while the pool is busy and the database is alive. */
  readonly whenBusy: 'degraded' | 'down';
  /** Aborts when the app shuts down. */
  readonly shutdown: AbortSignal;
}

// After this part of the deadline in the wait queue the database is pinged outside the pool.
const PATIENCE = 1 / 3;
// A pool that has served no request for this many deadlines has leaked its connections or is stuck, not busy.
const STUCK_AFTER_DEADLINES = 10;

/** Pings the database on a connection of the app's own pool, as the app would get it. */
export class PoolPing {
  private acquisition?: Acquisition;
  private readonly watch: WaitQueueWatch;

  constructor(
    private readonly pool: Pool,
    private readonly options: PoolPingOptions,
  ) {
    this.watch = new WaitQueueWatch(pool);
  }

  async run(sql: string, signal: AbortSignal): Promise<Outcome> {
    const acquisition = this.joinAcquisition();
    const connection = await this.connectionOf(acquisition, signal);
    if (!connection) return this.pingOutside(sql, signal);
    this.watch.reset();
    try {
      return await pingOn(connection, sql, signal);
    } catch (error) {
      if (acquisition.isFresh || signal.aborted) throw error;
      // The server may have closed this connection and others while the event loop was blocked. After a
      // turn of the loop the pool knows which, and the next connection shows the state of the server.
      await nextLoopTurn();
      signal.throwIfAborted();
      const next = await this.connectionOf(this.joinAcquisition(), signal);
      return next ? pingOn(next, sql, signal) : this.pingOutside(sql, signal);
    }
  }

  /** @returns undefined when the pool has no connection to give, whether it lets the request wait or refuses it */
  private async connectionOf(
    acquisition: Acquisition,
    signal: AbortSignal,
  ): Promise<PooledConnection | undefined> {
    try {
      const connection = await acquisition.wait(this.options.timeoutMs * PATIENCE, signal);
      if (!connection) signal.throwIfAborted();
      return connection;
    } catch (error) {
      if (acquisition.isFresh || signal.aborted || this.pool.isClosed()) throw error;
      return undefined;
    }
  }

  /**
   * The acquisition that is pending since an earlier run, or a new one. A queue of abandoned requests,
   * each of which takes a connection later, is what kills the app of a naive probe.
   */
  private joinAcquisition(): Acquisition {
    if (!this.acquisition?.isPending) {
      this.acquisition = new Acquisition(this.pool, this.options.shutdown);
    }
    return this.acquisition;
  }

  /** A busy pool is not a dead database: a connection outside the pool shows which it is. */
  private async pingOutside(sql: string, signal: AbortSignal): Promise<Outcome> {
    const { timeoutMs, whenBusy } = this.options;
    try {
      await this.pool.queryOutside(sql, signal);
    } catch (error) {
      if (!this.pool.provesAlive(error)) throw error;
    }
    const unservedMs = this.watch.unservedMs(this.acquisition?.wasRefused ?? false);
    return unservedMs >= timeoutMs * STUCK_AFTER_DEADLINES
      ? { status: 'down', message: DATABASE.poolStuck }
      : { status: whenBusy, message: DATABASE.poolBusy };
  }
}

async function pingOn(
  connection: PooledConnection,
  sql: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const cleanUp = onAbort(signal, () => destroySocket(connection.socket));
  try {
    const rows = await connection.query(sql);
    connection.release();
    return rowsToOutcome(rows);
  } catch (error) {
    connection.discard();
    throw error;
  } finally {
    cleanUp();
  }
}
