import { now } from '../../checks/clock.js';
import type { Outcome, SharedCheck, TimedOutcome } from '../../checks/outcome.js';
import { CHECK_FAILED } from '../../health.messages.js';
import { type Rule, validate } from '../../options/rules.js';

const MAX_LENGTH = 200;

const reasonRule: Rule = {
  allowed: `one line of 1 to ${MAX_LENGTH} characters, without control characters`,
  accepts: (value) =>
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= MAX_LENGTH &&
    !/[\p{Cc}\u2028\u2029]/u.test(value),
};

/** The check `app`: down while the app holds its readiness back, with each reason on a line. */
export class HoldCheck implements SharedCheck {
  override?: Outcome;
  readonly hasServed = false;
  readonly failureMessage = CHECK_FAILED;
  private readonly holds = new Set<{ readonly reason: string }>();

  constructor(private readonly freshMs: number) {}

  /** Returns a function that releases the hold, and returns whether it stood. */
  add(reason: string): () => boolean {
    validate({ reason: reasonRule }, { reason }, 'ProbeService.hold: ', ['reason']);
    const hold = { reason };
    this.holds.add(hold);
    return () => this.holds.delete(hold);
  }

  async run(): Promise<TimedOutcome> {
    const at = now();
    const reasons = [...this.holds].map(({ reason }) => reason);
    const outcome: Outcome =
      this.override ??
      (reasons.length ? { status: 'down', message: reasons.join('\n') } : { status: 'up' });
    return { ...outcome, at, tookMs: 0, freshUntil: at + this.freshMs };
  }
}
