import { onAbort, startDeadline } from '../../checks/deadline.js';
import type { Pool, PooledConnection } from './pool.js';
import { destroySocket, HostLookup } from './sockets.js';

interface Waiter {
  resolve(connection: PooledConnection): void;
  reject(error: unknown): void;
}

/**
 * A request for a connection of a pool. A pool cannot cancel one: a connection that arrives when no ping
 * waits for it goes straight back.
 */
export class Acquisition {
  /** The member that the pool opens for it; undefined when it gets a connection that exists. */
  private opening: unknown;
  private lookup?: HostLookup;
  /** Its place in the wait queue; undefined when the pool had a connection for it. */
  private readonly ticket: unknown;
  private readonly membersBefore: ReadonlySet<unknown>;
  private isSettled = false;
  private hasFailed = false;
  private waiter?: Waiter;

  /** @param shutdown aborts when the app shuts down: then no connection may stay open that it would wait for */
  constructor(
    private readonly pool: Pool,
    shutdown: AbortSignal,
  ) {
    this.membersBefore = new Set(pool.members());
    const queued = pool.waitQueue().length;
    const connection = pool.acquire();
    const queue = pool.waitQueue();
    this.ticket = queue.length > queued ? queue.at(-1) : undefined;
    this.opening = pool.members().find((member) => !this.membersBefore.has(member));
    if (this.opening) {
      this.lookup = new HostLookup(pool.socketOf(this.opening), pool.hostOf(this.opening));
    }
    const cleanUp = onAbort(shutdown, () => this.cancelOpening({ force: true }));
    connection.finally(cleanUp).then(
      (held) => {
        this.isSettled = true;
        if (this.waiter) this.waiter.resolve(held);
        else held.release();
      },
      (error) => {
        this.isSettled = true;
        this.hasFailed = true;
        this.waiter?.reject(error);
      },
    );
  }

  /** Whether a ping can wait for it: it is in the wait queue, or a connection is being opened for it. */
  get isPending(): boolean {
    return !this.isSettled && (this.isQueued || this.findOpening() !== undefined);
  }

  /** Whether the pool had no connection for it, opened none, and ended its wait. */
  get wasRefused(): boolean {
    return this.hasFailed && !this.isFresh;
  }

  /** Whether the connection is a new one, whose failure is that of the server. */
  get isFresh(): boolean {
    return this.opening !== undefined;
  }

  /**
   * Waits for the connection, in place of an earlier caller.
   *
   * @returns undefined when it is still in the wait queue after `patienceMs`, or when `signal` aborts
   */
  wait(patienceMs: number, signal: AbortSignal): Promise<PooledConnection | undefined> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        this.cancelOpening();
        return resolve(undefined);
      }
      const leave = () => {
        end();
        this.waiter = undefined;
        resolve(undefined);
      };
      const cancelPatience = startDeadline(patienceMs, () => {
        if (this.isQueued) leave();
      });
      const ignoreAbort = onAbort(signal, () => {
        leave();
        this.cancelOpening();
      });
      function end() {
        cancelPatience();
        ignoreAbort();
      }
      this.waiter = {
        resolve(connection) {
          end();
          resolve(connection);
        },
        reject(error) {
          end();
          reject(error as Error);
        },
      };
    });
  }

  private get isQueued(): boolean {
    return this.ticket !== undefined && this.pool.waitQueue().includes(this.ticket);
  }

  /**
   * Ends the opening of a connection that does not arrive, unless the look-up of its host is known to be
   * under way: that of a connection which the pool opens later than it was requested is not known.
   */
  private cancelOpening({ force = false } = {}): void {
    if (this.isSettled || this.isQueued) return;
    const opening = this.findOpening();
    if (opening && (force || !this.lookup?.isRunning)) destroySocket(this.pool.socketOf(opening));
  }

  /**
   * When the requests before it have left the wait queue with their connections, the pool opens one for
   * it. Which member that is can be known if it is the only one being opened.
   */
  private findOpening(): unknown {
    if (!this.opening && this.ticket !== undefined && !this.isQueued) {
      const [opening, ...others] = this.pool
        .members()
        .filter((member) => !this.membersBefore.has(member) && this.pool.isOpening(member));
      if (others.length === 0) this.opening = opening;
    }
    return this.opening;
  }
}
