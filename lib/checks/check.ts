import { setMaxListeners } from 'node:events';
import { startDeadline, withDeadline } from './deadline.js';
import { SingleFlight } from './single-flight.js';

/** Why a check has no result of its own. */
export type Unanswered =
  | { readonly reason: 'late'; readonly timeoutMs: number }
  | { readonly reason: 'failed'; readonly error: unknown }
  | { readonly reason: 'closed' };

export interface CheckOptions<T> {
  /**
   * Asks once. At the deadline `signal` aborts: drop what is held, then settle. The next run may get
   * the same signal: leave no listener on it.
   */
  run(signal: AbortSignal): T | PromiseLike<T>;
  /** The result in place of one that never came. */
  unanswered(why: Unanswered): T;
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
  private controller = new AbortController();
  private latest?: { readonly result: T; readonly at: number };

  constructor(private readonly options: CheckOptions<T>) {}

  /** Never rejects. Answers within `maxWaitMs`, or within the check's own deadline if that is sooner. */
  ask(maxWaitMs = Infinity): Promise<T> {
    const { closing, freshMs, timeoutMs, unanswered } = this.options;
    if (closing?.aborted) {
      return Promise.resolve(unanswered({ reason: 'closed' }));
    }
    if (this.latest && performance.now() - this.latest.at < freshMs) {
      return Promise.resolve(this.latest.result);
    }
    const answer = this.answers.join(() => this.answer());
    return maxWaitMs < timeoutMs
      ? withDeadline(answer, maxWaitMs, () => unanswered({ reason: 'late', timeoutMs: maxWaitMs }))
      : answer;
  }

  private async answer(): Promise<T> {
    const { timeoutMs, unanswered } = this.options;
    const late = () => unanswered({ reason: 'late', timeoutMs });
    const run = this.runs.join(() => this.run());
    const result = await withDeadline(run, timeoutMs + GRACE_MS, late);
    this.latest = { result, at: performance.now() };
    return result;
  }

  private async run(): Promise<T> {
    const { closing, timeoutMs, unanswered } = this.options;
    const late = () => unanswered({ reason: 'late', timeoutMs });
    // Making one is a sixth of the time of a check that has nothing to wait for.
    if (this.controller.signal.aborted) this.controller = new AbortController();
    const { controller } = this;
    const { signal } = controller;
    const abort = () => controller.abort();
    const callOff = startDeadline(timeoutMs, abort);
    closing?.addEventListener('abort', abort);
    const startedAt = performance.now();
    try {
      const result = await this.options.run(signal);
      // A result that came long after the abort says what was true then, not that it was in time.
      const overran = performance.now() - startedAt > timeoutMs + GRACE_MS;
      return signal.aborted && overran ? late() : result;
    } catch (error) {
      if (closing?.aborted) {
        return unanswered({ reason: 'closed' });
      }
      return signal.aborted ? late() : unanswered({ reason: 'failed', error });
    } finally {
      callOff();
      closing?.removeEventListener('abort', abort);
    }
  }
}
