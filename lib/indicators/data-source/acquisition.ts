import { onAbort, startDeadline } from '../../checks/deadline.js';
import { destroySocket, type HeldConnection, HostLookup, type Pool } from './connection-pool.js';

interface Waiter {
  resolve(connection: HeldConnection | undefined): void;
  reject(error: unknown): void;
}

/**
 * A connection that was requested from a pool. No pool takes a request back: a connection that comes
 * when nobody waits for it any more is released at once.
 */
export class Acquisition {
  /** The member that the pool opens for it; undefined when it gets one that exists. */
  private opening: unknown;
  private readonly lookup?: HostLookup;
  /** Its entry in the wait queue, if it had to join it. */
  private readonly ticket: unknown;
  private readonly membersBefore: ReadonlySet<unknown>;
  private isSettled = false;
  private waiter?: Waiter;

  /** @param shutdown aborts when the app shuts down: nothing that it would wait for may stay open then */
  constructor(
    private readonly pool: Pool,
    shutdown: AbortSignal,
  ) {
    this.membersBefore = new Set(pool.members());
    const queueLength = pool.waiters().length;
    const connection = pool.acquire();
    const waiters = pool.waiters();
    this.ticket = waiters.length > queueLength ? waiters.at(-1) : undefined;
    this.opening = this.newMembers()[0];
    if (this.opening) this.lookup = new HostLookup(pool.inspect(this.opening).socket);
    const stopListening = onAbort(shutdown, () => this.cancelOpening({ force: true }));
    connection.finally(stopListening).then(
      (held) => {
        this.isSettled = true;
        if (this.waiter) this.waiter.resolve(held);
        else held.release();
      },
      (error) => {
        this.isSettled = true;
        if (this.isNew || pool.isClosed()) this.waiter?.reject(error);
        else this.waiter?.resolve(undefined);
      },
    );
  }

  /** Whether to keep waiting for it: it is queued, or a connection is being opened for it. */
  get isPending(): boolean {
    return !this.isSettled && (this.isQueued || this.findOpening() !== undefined);
  }

  /** Whether the connection is a new one, so that its failure is the server's. */
  get isNew(): boolean {
    return this.opening !== undefined;
  }

  /**
   * Resolves with the connection, or with undefined if the pool has none to give: it refuses, or the
   * acquisition is queued after `patienceMs`. Rejects if opening the connection fails, if the pool is
   * closed, and when `signal` aborts.
   */
  wait(patienceMs: number, signal: AbortSignal): Promise<HeldConnection | undefined> {
    const cleanUps: (() => void)[] = [];
    return new Promise<HeldConnection | undefined>((resolve, reject) => {
      this.waiter = { resolve, reject };
      const stopWaiting = startDeadline(patienceMs, () => {
        if (!this.isQueued) return;
        this.waiter = undefined;
        resolve(undefined);
      });
      const stopListening = onAbort(signal, () => {
        this.waiter = undefined;
        this.cancelOpening();
        reject(signal.reason as Error);
      });
      cleanUps.push(stopWaiting, stopListening);
    }).finally(() => {
      for (const cleanUp of cleanUps) cleanUp();
    });
  }

  private get isQueued(): boolean {
    return this.ticket !== undefined && this.pool.waiters().includes(this.ticket);
  }

  /**
   * Ends the opening of a connection that does not come, unless its host is being looked up. Of an
   * opening that began later than the request it is not known whether it is.
   */
  private cancelOpening({ force = false } = {}): void {
    if (this.isSettled || this.isQueued) return;
    const opening = this.findOpening();
    if (opening && (force || !this.lookup?.isRunning)) {
      destroySocket(this.pool.inspect(opening).socket);
    }
  }

  /**
   * When those ahead in the queue are gone with their connections, the pool opens one for this
   * request: known to be the one only if no other is being opened.
   */
  private findOpening(): unknown {
    if (!this.opening && this.ticket !== undefined && !this.isQueued) {
      const openings = this.newMembers().filter((each) => this.pool.inspect(each).isOpening);
      if (openings.length === 1) this.opening = openings[0];
    }
    return this.opening;
  }

  private newMembers(): unknown[] {
    return this.pool.members().filter((member) => !this.membersBefore.has(member));
  }
}
