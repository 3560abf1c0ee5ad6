import {
  Check,
  type CheckFailure,
  type CheckOptions,
  createShutdownController,
} from '../../lib/checks/check.js';
import type { TimedOutcome } from '../../lib/checks/outcome.js';

/** One run of a check, in the test's hands. */
export interface Run {
  readonly signal: AbortSignal;
  resolve(result: string): void;
  reject(reason?: unknown): void;
}

/** A run of these tests resolves with a message; a failed one has its failure. */
export type Said = string | CheckFailure;

export const TIMEOUT_MS = 1_000;
/** How long an aborted run has for a verdict of its own. */
export const GRACE_MS = 50;

export const late = (timeoutMs: number): Said => ({ reason: 'timeout', timeoutMs });
export const failed = (error: unknown): Said => ({ reason: 'error', error });
export const closed: Said = { reason: 'aborted' };

export interface HandOptions extends Partial<Omit<CheckOptions, 'run' | 'onFailure'>> {
  run?(controller: { readonly signal: AbortSignal }): string | PromiseLike<string>;
}

/** A check whose runs settle only when the test settles them. */
export function checkInHand({ run, ...options }: HandOptions = {}) {
  const runs: Run[] = [];
  const outcomes: TimedOutcome[] = [];
  const closing = createShutdownController();
  const hold = ({ signal }: { signal: AbortSignal }) =>
    new Promise<string>((resolve, reject) => {
      runs.push({ signal, resolve, reject });
    });
  const engine = new Check({
    // As an attempt of Terminus's does, a run may return any thenable.
    run: async (controller) => ({ status: 'up', message: await (run ?? hold)(controller) }),
    onFailure: (failure) => ({ status: 'down', cause: failure }),
    timeoutMs: TIMEOUT_MS,
    freshMs: 0,
    shutdown: closing.signal,
    ...options,
  });
  const check = {
    async run(): Promise<Said> {
      const outcome = await engine.run();
      if (!outcomes.includes(outcome)) outcomes.push(outcome);
      return (outcome.cause as CheckFailure | undefined) ?? outcome.message!;
    },
  };
  return { check, closing, runs, outcomes };
}

/** Whether a promise has settled by now, without waiting for it. */
export function watch<T>(promise: Promise<T>) {
  const watched = { settled: false, promise };
  const settle = () => (watched.settled = true);
  promise.then(settle, settle);
  return watched;
}
