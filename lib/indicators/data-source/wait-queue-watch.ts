import { now } from '../../checks/clock.js';
import type { Pool } from './pool.js';

// Stands for the head of the queue of a pool that lets no request wait.
const REFUSED = Symbol('refused');

/** Measures for how long a pool has served no request. */
export class WaitQueueWatch {
  /** The head of the wait queue, and since when no request was served. */
  private head?: { ticket: unknown; readonly since: number };

  constructor(private readonly pool: Pool) {
    pool.onServed(() => this.reset());
  }

  /** A request was served. */
  reset(): void {
    this.head = undefined;
  }

  /**
   * Milliseconds for which no request was served. While the pool serves none, the head of its queue stays,
   * or times out and the next request becomes the head.
   *
   * @param wasRefused whether the pool refused a request that it did not let wait
   */
  unservedMs(wasRefused: boolean): number {
    const { head } = this;
    const ticket = this.pool.waitQueue()[0] ?? (wasRefused ? REFUSED : undefined);
    const isUnserved =
      head &&
      (head.ticket === ticket || head.ticket === REFUSED || this.pool.hasTimedOut(head.ticket));
    if (isUnserved) head.ticket = ticket ?? head.ticket;
    else this.head = ticket === undefined ? undefined : { ticket, since: now() };
    return this.head ? now() - this.head.since : 0;
  }
}
