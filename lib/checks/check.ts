import { setMaxListeners } from 'node:events';
import { noAnswer, SHUTTING_DOWN } from '../health.messages.js';
import { now } from './clock.js';
import { onAbort, startDeadline, withDeadline } from './deadline.js';
import { LazyAbortController } from './lazy-abort-controller.js';
import { mapValues, type Outcome, type SharedCheck, type TimedOutcome } from './outcome.js';
import { SingleFlight } from './single-flight.js';

/** Of a run; its signal is created when it is first read. */
export type Abortable = Pick<LazyAbortController, 'signal'>;

export interface CheckOptions {
  /** Runs the check once. Its signal aborts at the deadline: release what is held, then settle. */
  run(controller: Abortable): Outcome | PromiseLike<Outcome>;
  /** The sentence for a run that throws. */
  failureMessage: string;
  timeoutMs: number;
  /** How long an outcome is shared; 0: only with callers that wait for it. */
  freshMs: number;
  /** Aborts when the app shuts down: a running check is aborted and no other starts. */
  shutdown?: AbortSignal;
}

/** A controller whose signal any number of checks may listen to. */
export function createShutdownController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** The time that an aborted run has to settle with an outcome. */
export const GRACE_MS = 50;

/**
 * Runs one check for all callers: one run at a time, each with a deadline, and an outcome shared for
 * `freshMs`. A run that cannot be cancelled stays the only one after its deadline: later callers join
 * it, each with a deadline, and no other starts.
 */
export class Check implements SharedCheck {
  override?: Outcome;
  hasServed = false;
  private readonly outcomes = new SingleFlight<TimedOutcome>();
  private readonly runs = new SingleFlight<Outcome>();
  private latest?: TimedOutcome;

  constructor(private readonly options: CheckOptions) {}

  get failureMessage(): string {
    return this.options.failureMessage;
  }

  /** Never rejects; resolves by the deadline. */
  run(): Promise<TimedOutcome> {
    if (this.override) return Promise.resolve(this.timed(this.inEachPart(this.override), now()));
    if (this.options.shutdown?.aborted) {
      return Promise.resolve(this.timed(this.failed(SHUTTING_DOWN), now()));
    }
    const { latest } = this;
    return latest && now() < latest.freshUntil
      ? Promise.resolve(latest)
      : this.outcomes.join(() => this.runInTime());
  }

  private async runInTime(): Promise<TimedOutcome> {
    const { timeoutMs } = this.options;
    const startedAt = now();
    const run = this.runs.join(() => this.start());
    const outcome = await withDeadline(run, timeoutMs + GRACE_MS, () =>
      this.failed(noAnswer(timeoutMs)),
    );
    // Overridden in the meantime.
    if (this.override) return this.run();
    this.latest = this.timed(outcome, startedAt);
    return this.latest;
  }

  private timed(outcome: Outcome, startedAt: number): TimedOutcome {
    const at = now();
    this.hasServed ||= outcome.status !== 'down';
    return { ...outcome, at, tookMs: at - startedAt, freshUntil: at + this.options.freshMs };
  }

  private failed(message: string, cause?: unknown): Outcome {
    return this.inEachPart({ status: 'down', message, ...(cause !== undefined && { cause }) });
  }

  /** A failure has no parts: those of the last outcome get it, so that none vanishes from the answer. */
  private inEachPart(outcome: Outcome): Outcome {
    const parts = this.latest?.parts;
    return parts ? { ...outcome, parts: mapValues(parts, () => outcome) } : outcome;
  }

  private async start(): Promise<Outcome> {
    const { shutdown, timeoutMs, failureMessage } = this.options;
    const timedOut = () => this.failed(noAnswer(timeoutMs));
    const controller = new LazyAbortController();
    let overran = false;
    const expire = () => {
      controller.abort();
      cleanUps.push(startDeadline(GRACE_MS, () => (overran = true)));
    };
    const cleanUps = [startDeadline(timeoutMs, expire)];
    // An app that shuts down cannot wait for what cannot be cancelled.
    const aborted = new Promise<never>((_, reject) => {
      if (!shutdown) return;
      const abort = () => {
        controller.abort();
        cleanUps.push(startDeadline(GRACE_MS, () => reject(shutdown.reason as Error)));
      };
      cleanUps.push(onAbort(shutdown, abort));
    });
    try {
      const outcome = await Promise.race([this.options.run(controller), aborted]);
      // An outcome long after the abort describes the resource now, not within the deadline.
      return overran ? timedOut() : outcome;
    } catch (error) {
      if (shutdown?.aborted) return this.failed(SHUTTING_DOWN);
      return controller.aborted ? timedOut() : this.failed(failureMessage, error);
    } finally {
      for (const cleanUp of cleanUps) cleanUp();
    }
  }
}
