import { nextLoopTurn, now } from '../../checks/clock.js';
import { onAbort, startDeadline } from '../../checks/deadline.js';
import type { Outcome } from '../../checks/outcome.js';
import { DATABASE } from '../../health.messages.js';
import { Acquisition } from './acquisition.js';
import { type HeldConnection, kill, type Pool } from './pool.js';
import { verdictOn } from './verdict.js';

export interface PoolAskerOptions {
  readonly timeoutMs: number;
  /** What a busy pool of a live database makes of the app. */
  readonly whenBusy: 'degraded' | 'down';
  /** Aborts when the app goes down. */
  readonly closing: AbortSignal;
}

// After this part of the deadline in line the database is asked aside, which leaves time for it.
const PATIENCE = 1 / 3;
// In place of the first in line, where the pool lets nobody wait.
const REFUSED = Symbol('refused');
// A pool that has served nobody for this many deadlines is leaked or stuck, not busy.
const STUCK_AFTER_DEADLINES = 10;

/** Asks for one row on a connection of the app's own pool, which is what the app would get. */
export class PoolAsker {
  private acquisition?: Acquisition;
  /** Who is first in line, and since when nobody has been served. */
  private front: { place: unknown; readonly since: number } | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly options: PoolAskerOptions,
  ) {
    pool.onServed(() => (this.front = undefined));
  }

  async ask(sql: string, signal: AbortSignal): Promise<Outcome> {
    const acquisition = this.join();
    const connection = await this.connectionOf(acquisition, signal);
    if (!connection) {
      return this.askAside(sql, signal);
    }
    this.front = undefined;
    try {
      return await askOn(connection, sql, signal);
    } catch (error) {
      if (acquisition.fresh || signal.aborted) throw error;
      // The server may have ended this one and others while the event loop was blocked. After a turn
      // of the loop the pool knows which, and the next one speaks for the server.
      await nextLoopTurn();
      signal.throwIfAborted();
      const next = await this.connectionOf(this.join(), signal);
      return next ? askOn(next, sql, signal) : this.askAside(sql, signal);
    }
  }

  /** A connection, or none when the pool has none to give, whether it says so or lets one wait. */
  private async connectionOf(
    acquisition: Acquisition,
    signal: AbortSignal,
  ): Promise<HeldConnection | undefined> {
    try {
      const connection = await this.waitFor(acquisition, signal);
      if (!connection) signal.throwIfAborted();
      return connection;
    } catch (error) {
      if (acquisition.fresh || signal.aborted || this.pool.isClosed()) throw error;
      return undefined;
    }
  }

  /** A connection, or none when the app holds all of them. */
  private waitFor(
    acquisition: Acquisition,
    signal: AbortSignal,
  ): Promise<HeldConnection | undefined> {
    return new Promise((resolve, reject) => {
      const callOffs: (() => void)[] = [];
      const done = () => {
        for (const callOff of callOffs) callOff();
      };
      const leave = () => {
        done();
        acquisition.handTo(undefined);
        resolve(undefined);
      };
      acquisition.handTo({
        take(held) {
          done();
          resolve(held);
        },
        fail(error) {
          done();
          reject(error as Error);
        },
      });
      const patience = startDeadline(this.options.timeoutMs * PATIENCE, () => {
        if (acquisition.inLine) leave();
      });
      const stay = onAbort(signal, () => {
        leave();
        acquisition.cancelOpening();
      });
      callOffs.push(patience, stay);
    });
  }

  /**
   * The acquisition that is still pending from before, or a new one. A line of abandoned ones, each
   * of which takes a connection later, is what kills the app of a naive probe.
   */
  private join(): Acquisition {
    if (!this.acquisition?.pending)
      this.acquisition = new Acquisition(this.pool, this.options.closing);
    return this.acquisition;
  }

  /** A busy pool is not a dead database: on one connection outside the pool it tells which it is. */
  private async askAside(sql: string, signal: AbortSignal): Promise<Outcome> {
    try {
      await this.pool.askAside(sql, signal);
    } catch (error) {
      if (!this.pool.provesAlive(error)) throw error;
    }
    return this.hasStuck()
      ? { status: 'down', message: DATABASE.poolStuck }
      : { status: this.options.whenBusy, message: DATABASE.poolBusy };
  }

  /**
   * Whoever is first in line stays it for as long as the pool serves nobody, or gives up, and the
   * next one stays it.
   */
  private hasStuck(): boolean {
    const place = this.pool.line()[0] ?? (this.acquisition?.refused ? REFUSED : undefined);
    const time = now();
    const { front } = this;
    const isUnserved = (before: unknown) =>
      before === place || before === REFUSED || this.pool.gaveUp(before);
    if (front && isUnserved(front.place)) front.place = place ?? front.place;
    else this.front = place === undefined ? undefined : { place, since: time };
    const { since = time } = this.front ?? {};
    return time - since >= this.options.timeoutMs * STUCK_AFTER_DEADLINES;
  }
}

async function askOn(
  connection: HeldConnection,
  sql: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const callOff = onAbort(signal, () => kill(connection.socket));
  try {
    const rows = await connection.query(sql);
    connection.release();
    return verdictOn(rows);
  } catch (error) {
    connection.drop();
    throw error;
  } finally {
    callOff();
  }
}
