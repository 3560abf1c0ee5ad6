import { now } from '../../checks/clock.js';
import type { LoopClock } from '../../checks/loop-clock.js';
import type { Outcome, SharedCheck, TimedOutcome } from '../../checks/outcome.js';
import { noHeartbeat } from '../../health.messages.js';
import { isOptionalRule } from '../../options/optional.js';
import { milliseconds, oneOf } from '../../options/rules.js';
import { checkName } from '../../options/probe.options.js';

/**
 * Options of `ProbeService.heartbeat()`.
 *
 * @publicApi
 */
export interface HeartbeatOptions {
  /** The longest time between two beats, in milliseconds: several times as long as the usual one. */
  withinMs: number;

  /**
   * The probe that fails without a beat. `'liveness'`: Kubernetes restarts the container, which helps a
   * loop that is stuck. `'readiness'`: the pod gets no traffic until the next beat.
   */
  probe: 'liveness' | 'readiness';

  /**
   * Whether the app can do without it, or, with `'afterStart'`, once there was a beat in time: down is
   * reported as `degraded`.
   *
   * @default false
   */
  optional?: boolean | 'afterStart';
}

/**
 * Shows that a consumer, a scheduler or a poller goes on.
 *
 * @publicApi
 */
export interface Heartbeat {
  /** Call it at each turn of the polling, with or without a job: a worker with nothing to do must beat too. */
  beat(): void;

  /**
   * Runs `work`, during which no beat is missed, and beats at its end. Work that never ends is never
   * noticed: give it a time limit.
   *
   * @returns what `work` returns
   * @throws what `work` throws
   */
  during<T>(work: () => T | PromiseLike<T>): Promise<T>;

  /** Removes the check, when the consumer ends on purpose. */
  stop(): void;
}

export const HEARTBEAT_RULES = {
  name: checkName,
  withinMs: milliseconds,
  probe: oneOf('liveness', 'readiness'),
  optional: isOptionalRule,
};

/** Down when there was no beat for a while; time in which the event loop was blocked does not count. */
export class HeartbeatCheck implements SharedCheck {
  override?: Outcome;
  hasServed = false;
  readonly isHeartbeat = true;
  readonly failureMessage: string;
  private beatAt: number;
  private running = 0;

  constructor(
    private readonly withinMs: number,
    private readonly freshMs: number,
    private readonly clock: LoopClock,
  ) {
    this.beatAt = clock.now();
    this.failureMessage = noHeartbeat(withinMs);
  }

  beat(): void {
    this.beatAt = this.clock.now();
  }

  async during<T>(work: () => T | PromiseLike<T>): Promise<T> {
    this.running++;
    try {
      return await work();
    } finally {
      this.running--;
      this.beat();
    }
  }

  async run(): Promise<TimedOutcome> {
    const at = now();
    const isAlive = this.running > 0 || this.clock.now() - this.beatAt <= this.withinMs;
    const outcome: Outcome =
      this.override ??
      (isAlive ? { status: 'up' } : { status: 'down', message: this.failureMessage });
    this.hasServed ||= outcome.status !== 'down';
    return { ...outcome, at, tookMs: 0, freshUntil: at + this.freshMs };
  }
}
