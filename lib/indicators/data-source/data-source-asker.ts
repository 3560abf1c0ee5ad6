import type { Outcome } from '../../checks/report.js';
import { DATABASE, INVALID_RESPONSE } from '../../health.messages.js';
import type { DataSourceLike } from './data-source-like.js';
import { askDirectly, poolOf, probeQuery } from './driver.js';
import type { HeldConnection, Pool } from './pool.js';

/** A connection that has been asked for and not come yet. */
interface Acquisition {
  readonly pool: Pool;
  readonly connection: Promise<HeldConnection>;
  /** The member the pool opens for it; none when it waits behind the app, or gets an idle one. */
  readonly opening: unknown;
  /** Cleared when nobody waits any more: what comes then goes straight back. */
  wanted: boolean;
}

/** Asks one DataSource, on a connection of the app's own pool, which is what the app would get. */
export class DataSourceAsker {
  private acquisition?: Acquisition;

  constructor(private readonly dataSource: DataSourceLike) {}

  async ask(signal: AbortSignal): Promise<Outcome> {
    const { dataSource } = this;
    // An uninitialized sqlite DataSource throws a TypeError that explains nothing.
    if (!dataSource.isInitialized) {
      return { status: 'down', message: DATABASE.notConnected };
    }
    const { driver } = dataSource;
    const pool = poolOf(driver);
    if (pool) {
      return this.askPool(pool, probeQuery(driver), signal);
    }
    const ask = askDirectly(driver) ?? (() => dataSource.query(probeQuery(driver)));
    return verdictOn(await ask());
  }

  private async askPool(pool: Pool, sql: string, signal: AbortSignal): Promise<Outcome> {
    const connection = await this.acquire(pool, signal);
    if (!connection) {
      return { status: 'down', message: DATABASE.poolBusy };
    }
    const kill = () => connection.kill(deadlineError());
    signal.addEventListener('abort', kill);
    try {
      signal.throwIfAborted();
      return verdictOn(await connection.query(sql));
    } finally {
      signal.removeEventListener('abort', kill);
      connection.release();
    }
  }

  /** A connection, or none if the app held all of them up to the deadline. */
  private acquire(pool: Pool, signal: AbortSignal): Promise<HeldConnection | undefined> {
    // One that is still queued from before is joined: a queue of abandoned waiters, each of which
    // takes a slot later, is what kills the app of a naive probe.
    const pending = this.acquisition?.pool === pool ? this.acquisition : undefined;
    const acquisition = pending ?? this.startAcquisition(pool);
    acquisition.wanted = true;
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        if (acquisition.opening) {
          pool.kill(acquisition.opening, deadlineError());
        } else {
          acquisition.wanted = false;
          resolve(undefined);
        }
      };
      signal.addEventListener('abort', giveUp);
      acquisition.connection
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', giveUp));
    });
  }

  private startAcquisition(pool: Pool): Acquisition {
    const before = new Set(pool.members());
    const connection = pool.acquire();
    const opening = pool.members().find((member) => !before.has(member));
    const acquisition = { pool, connection, opening, wanted: true };
    this.acquisition = acquisition;
    const settled = () => {
      if (this.acquisition === acquisition) {
        this.acquisition = undefined;
      }
    };
    connection.then((held) => {
      settled();
      if (!acquisition.wanted) {
        held.release();
      }
    }, settled);
    return acquisition;
  }
}

const deadlineError = () => new Error('health check deadline');

function verdictOn(rows: unknown): Outcome {
  return Array.isArray(rows) && rows.length > 0
    ? { status: 'up' }
    : { status: 'down', message: INVALID_RESPONSE };
}
