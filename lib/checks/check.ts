import { setMaxListeners } from 'node:events';
import { now } from './clock.js';
import { onAbort, startDeadline, withDeadline } from './deadline.js';
import type { Measurement } from './outcome.js';
import { LazyAbortController } from './lazy-abort-controller.js';
import { SingleFlight } from './single-flight.js';

/** Why a check has no result of its own. */
export type Unanswered =
  | { readonly reason: 'late'; readonly timeoutMs: number }
  | { readonly reason: 'failed'; readonly error: unknown }
  | { readonly reason: 'closed' };

/** Of a run; its signal is created when it is first read. */
export type Abortable = Pick<LazyAbortController, 'signal'>;

export interface CheckOptions<T> {
  /** Asks once. At the deadline its signal aborts: drop what is held, then settle. */
  run(controller: Abortable): T | PromiseLike<T>;
  /** The result in place of one that never came. */
  unanswered(why: Unanswered): T;
  /** Writes on a result when it was there and how long it took; not called for one that is shared. */
  measured?(result: T, measurement: Measurement): T;
  timeoutMs: number;
  /** How long a result is shared; 0: with those who wait for it only. */
  freshMs: number;
  /** Aborts when the app goes down: what runs is dropped, and nothing is started any more. */
  closing?: AbortSignal;
}

/** The switch behind {@link CheckOptions.closing}, for any number of checks. */
export function createClosing(): AbortController {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  return closing;
}

/** How long an aborted run may take to settle with a verdict of its own. */
export const GRACE_MS = 50;

/**
 * One resource's check, whoever asks: one run at a time, each with a deadline, and a result shared
 * for `freshMs`. A run that outlives its deadline because it cannot be cancelled stays the only one:
 * later askers wait for it, each time up to the deadline, and none starts another.
 */
export class Check<T> {
  private readonly answers = new SingleFlight<T>();
  private readonly runs = new SingleFlight<T>();
  private latest?: { readonly result: T; readonly at: number };
  private answering?: object;

  constructor(private readonly options: CheckOptions<T>) {}

  /** Never rejects, and answers by the deadline. */
  ask(): Promise<T> {
    const { closing, unanswered } = this.options;
    if (closing?.aborted) {
      return Promise.resolve(unanswered({ reason: 'closed' }));
    }
    return this.isFresh() && this.latest
      ? Promise.resolve(this.latest.result)
      : this.answers.join(() => this.answer());
  }

  /** Stands for the result that who asks now gets, under way or fresh; none when asking would begin anew. */
  get current(): object | undefined {
    return this.answers.isRunning || this.isFresh() ? this.answering : undefined;
  }

  private isFresh(): boolean {
    return this.latest !== undefined && now() - this.latest.at < this.options.freshMs;
  }

  private async answer(): Promise<T> {
    const { timeoutMs, unanswered, measured = (result: T) => result } = this.options;
    const late = () => unanswered({ reason: 'late', timeoutMs });
    this.answering = {};
    const startedAt = now();
    const run = this.runs.join(() => this.run());
    const found = await withDeadline(run, timeoutMs + GRACE_MS, late);
    const at = now();
    const result = measured(found, { at, tookMs: at - startedAt });
    this.latest = { result, at };
    return result;
  }

  private async run(): Promise<T> {
    const { closing, timeoutMs, unanswered } = this.options;
    const late = () => unanswered({ reason: 'late', timeoutMs });
    const controller = new LazyAbortController();
    const callOffs = [startDeadline(timeoutMs, () => controller.abort())];
    // An app that goes down cannot wait for what cannot be cancelled.
    const closed = new Promise<never>((_, reject) => {
      if (!closing) return;
      const close = () => {
        controller.abort();
        callOffs.push(startDeadline(GRACE_MS, () => reject(closing.reason as Error)));
      };
      callOffs.push(onAbort(closing, close));
    });
    const startedAt = now();
    try {
      const result = await Promise.race([this.options.run(controller), closed]);
      // A result that came long after the abort says what was true then, not that it was in time.
      const overran = now() - startedAt > timeoutMs + GRACE_MS;
      return controller.aborted && overran ? late() : result;
    } catch (error) {
      if (closing?.aborted) {
        return unanswered({ reason: 'closed' });
      }
      return controller.aborted ? late() : unanswered({ reason: 'failed', error });
    } finally {
      for (const callOff of callOffs) callOff();
    }
  }
}
