import {
  Check,
  type CheckOptions,
  createClosing,
  type Unanswered,
} from '../../lib/checks/check.js';

/** One run of a check, in the test's hands. */
export interface Run {
  readonly signal: AbortSignal;
  resolve(result: string): void;
  reject(reason?: unknown): void;
}

/** What a check of these tests answers: what its run said, or why there is no answer of its own. */
export type Said = string | Unanswered;

export const TIMEOUT_MS = 1_000;
/** How long an aborted run has for a verdict of its own. */
export const GRACE_MS = 50;

export const late = (timeoutMs: number): Said => ({ reason: 'late', timeoutMs });
export const failed = (error: unknown): Said => ({ reason: 'failed', error });
export const closed: Said = { reason: 'closed' };

/** A check whose runs settle only when the test says so. */
export function checkInHand(options: Partial<CheckOptions<Said>> = {}) {
  const runs: Run[] = [];
  const closing = createClosing();
  const check = new Check<Said>({
    run: ({ signal }) =>
      new Promise((resolve, reject) => {
        runs.push({ signal, resolve, reject });
      }),
    unanswered: (why) => why,
    timeoutMs: TIMEOUT_MS,
    freshMs: 0,
    closing: closing.signal,
    ...options,
  });
  return { check, closing, runs };
}

/** Whether a promise has settled by now, without waiting for it. */
export function watch<T>(promise: Promise<T>) {
  const watched = { settled: false, promise };
  const settle = () => (watched.settled = true);
  promise.then(settle, settle);
  return watched;
}
