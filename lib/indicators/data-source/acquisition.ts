import type { Socket } from 'node:net';
import { type HeldConnection, kill, type Pool, trackLookup } from './pool.js';

interface Taker {
  take(connection: HeldConnection): void;
  fail(error: unknown): void;
}

/**
 * A connection that was asked of a pool and has not come yet. It cannot be called off, only left
 * alone: what comes when nobody waits any more goes straight back to the pool.
 */
export class Acquisition {
  /** The socket the pool opens for it; none when it gets a connection that there is already. */
  private readonly opening: Socket | undefined;
  /** Its place behind others, while there is none for it. */
  private readonly place: unknown;
  private readonly isLookingUp: () => boolean = () => false;
  private settled = false;
  private taker?: Taker;

  constructor(private readonly pool: Pool) {
    const members = new Set(pool.members());
    const waiting = pool.line().length;
    const connection = pool.acquire();
    const line = pool.line();
    const opened = pool.members().find((member) => !members.has(member));
    this.place = line.length > waiting ? line.at(-1) : undefined;
    if (opened) {
      this.opening = pool.socketOf(opened);
      this.isLookingUp = trackLookup(pool, opened);
    }
    connection.then(
      (held) => {
        this.settled = true;
        if (this.taker) this.taker.take(held);
        else held.release();
      },
      (error) => {
        this.settled = true;
        this.taker?.fail(error);
      },
    );
  }

  /** Whether to wait on with it: it is in line, or a connection is being opened for it. */
  get pending(): boolean {
    return !this.settled && (this.opening !== undefined || this.inLine);
  }

  /** Whether it waits behind others. */
  get inLine(): boolean {
    return this.place !== undefined && this.pool.line().includes(this.place);
  }

  /** Whether the connection is a new one, so that its failure speaks for the server. */
  get fresh(): boolean {
    return this.opening !== undefined;
  }

  /** The connection, or none if `signal` aborts before it comes. */
  wait(signal: AbortSignal): Promise<HeldConnection | undefined> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.taker = undefined;
        resolve(undefined);
      };
      const done = () => signal.removeEventListener('abort', giveUp);
      signal.addEventListener('abort', giveUp);
      this.taker = {
        take(held) {
          done();
          resolve(held);
        },
        fail(error) {
          done();
          reject(error as Error);
        },
      };
    });
  }

  /** Ends the opening of a connection that does not come, unless its host is being looked up. */
  cancelOpening({ force = false } = {}): void {
    if (!this.settled && (force || !this.isLookingUp())) kill(this.opening);
  }
}
