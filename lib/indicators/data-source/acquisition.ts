import { onAbort } from '../../checks/deadline.js';
import { type HeldConnection, kill, HostLookup, type Pool } from './pool.js';

/** Who waits for a connection. */
export interface Taker {
  take(connection: HeldConnection): void;
  fail(error: unknown): void;
}

/**
 * A connection that was asked of a pool and has not come yet. It cannot be called off, only left
 * alone: what comes when nobody waits any more goes straight back to the pool.
 */
export class Acquisition {
  /** The member the pool opens for it; none when it gets a connection that there is already. */
  private opening: unknown;
  private lookup?: HostLookup;
  /** Its place behind others, while there is none for it. */
  private readonly place: unknown;
  private readonly membersBefore: ReadonlySet<unknown>;
  private settled = false;
  private failed = false;
  private taker?: Taker;

  /** @param closing aborts when the app goes down: then nothing may stay open that it would wait for */
  constructor(
    private readonly pool: Pool,
    closing: AbortSignal,
  ) {
    this.membersBefore = new Set(pool.members());
    const waiting = pool.line().length;
    const connection = pool.acquire();
    const line = pool.line();
    this.place = line.length > waiting ? line.at(-1) : undefined;
    this.opening = pool.members().find((member) => !this.membersBefore.has(member));
    if (this.opening)
      this.lookup = new HostLookup(pool.socketOf(this.opening), pool.hostOf(this.opening));
    const callOff = onAbort(closing, () => this.cancelOpening({ force: true }));
    connection.finally(callOff).then(
      (held) => {
        this.settled = true;
        if (this.taker) this.taker.take(held);
        else held.release();
      },
      (error) => {
        this.settled = true;
        this.failed = true;
        this.taker?.fail(error);
      },
    );
  }

  /** Whether to wait on with it: it is in line, or a connection is being opened for it. */
  get pending(): boolean {
    return !this.settled && (this.inLine || this.findOpening() !== undefined);
  }

  /** Whether it waits behind others. */
  get inLine(): boolean {
    return this.place !== undefined && this.pool.line().includes(this.place);
  }

  /** Whether the pool had none for it, and none to open, and did not let it wait any longer. */
  get refused(): boolean {
    return this.failed && !this.fresh;
  }

  /** Whether the connection is a new one, so that its failure speaks for the server. */
  get fresh(): boolean {
    return this.opening !== undefined;
  }

  /** Who gets the connection when it comes; nobody: it goes back to the pool. */
  handTo(taker: Taker | undefined): void {
    this.taker = taker;
  }

  /**
   * Ends the opening of a connection that does not come, unless its host is being looked up, as far as
   * that is known: not of one that the pool opens later than it was asked for.
   */
  cancelOpening({ force = false } = {}): void {
    if (this.settled || this.inLine) return;
    const opening = this.findOpening();
    if (opening && (force || !this.lookup?.running)) kill(this.pool.socketOf(opening));
  }

  /**
   * When those before it in line are gone with their connections, the pool opens one for it. Which,
   * can be told if it is the only one being opened.
   */
  private findOpening(): unknown {
    if (!this.opening && this.place !== undefined && !this.inLine) {
      const [opening, ...others] = this.pool
        .members()
        .filter((member) => !this.membersBefore.has(member) && this.pool.isOpening(member));
      if (others.length === 0) this.opening = opening;
    }
    return this.opening;
  }
}
