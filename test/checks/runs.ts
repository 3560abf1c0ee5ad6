import { Check, type CheckOptions, createShutdownController } from '../../lib/checks/check.js';
import type { TimedOutcome } from '../../lib/checks/outcome.js';

/** One run of a check, which the test settles. */
export interface Run {
  readonly signal: AbortSignal;
  resolve(result: string): void;
  reject(reason?: unknown): void;
}

/** The message of a successful run, or the failure. */
export type RunResult = string | { readonly message: string; readonly cause?: unknown };

export const TIMEOUT_MS = 1_000;
/** How long an aborted run has to return its own outcome. */
export const GRACE_MS = 50;

export const timedOut = (timeoutMs: number): RunResult => ({
  message: `no answer within ${timeoutMs} ms.`,
});
export const failed = (error: unknown): RunResult => ({ message: 'failed.', cause: error });
export const aborted: RunResult = { message: 'shutting down.' };

export interface ControlledOptions extends Partial<Omit<CheckOptions, 'run' | 'failureMessage'>> {
  run?(controller: { readonly signal: AbortSignal }): string | PromiseLike<string>;
}

/** Creates a check whose runs settle only when the test settles them. */
export function controlledCheck({ run, ...options }: ControlledOptions = {}) {
  const runs: Run[] = [];
  const outcomes: TimedOutcome[] = [];
  const shutdown = createShutdownController();
  const hold = ({ signal }: { signal: AbortSignal }) =>
    new Promise<string>((resolve, reject) => {
      runs.push({ signal, resolve, reject });
    });
  const engine = new Check({
    // A run may return any thenable, like an attempt of Terminus.
    run: async (controller) => ({ status: 'up', message: await (run ?? hold)(controller) }),
    failureMessage: 'failed.',
    timeoutMs: TIMEOUT_MS,
    freshMs: 0,
    shutdown: shutdown.signal,
    ...options,
  });
  const check = {
    async run(): Promise<RunResult> {
      const outcome = await engine.run();
      if (!outcomes.includes(outcome)) outcomes.push(outcome);
      const { status, message = '', cause } = outcome;
      if (status === 'up') return message;
      return { message, ...(cause !== undefined && { cause }) };
    },
  };
  return { check, shutdown, runs, outcomes };
}

/** Records whether a promise has settled, without waiting for it. */
export function watch<T>(promise: Promise<T>) {
  const watched = { settled: false, promise };
  const settle = () => (watched.settled = true);
  promise.then(settle, settle);
  return watched;
}
