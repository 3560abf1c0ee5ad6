import { now } from '../checks/clock.js';
import type { CheckStatus, TimedOutcome } from '../checks/outcome.js';
import type { Probe } from '../options/probe.options.js';

/**
 * One result of a check in the past.
 *
 * @publicApi
 */
export interface CheckResult {
  readonly status: CheckStatus;
  /** What is wrong, in one sentence for everybody. */
  readonly message?: string;
  /** When the check answered. */
  readonly at: Date;
  /** How long the check took, in milliseconds. */
  readonly responseTime: number;
}

/** A check has another state than before, or is in trouble of another kind. */
export interface StateChange {
  readonly probe: Probe;
  readonly check: string;
  /** None at the check's first result. Where it equals `to`, only the sentence is another one. */
  readonly from: CheckStatus | undefined;
  readonly to: CheckStatus;
  readonly since: Date;
  readonly outcome: TimedOutcome;
  /** How long the check has not been up, or was not until now. */
  readonly outageMs: number;
}

const KEPT_RESULTS = 60;

/** The time in which a check is not up. */
interface Outage {
  readonly since: number;
  /** A check that alternates between two messages logs each once. */
  readonly loggedMessages: Set<string | undefined>;
}

/** The state and the history of one check, as one probe reports it. */
export class CheckRecord {
  private readonly results: CheckResult[] = [];
  private outcome?: TimedOutcome;
  private outage?: Outage;
  private change?: StateChange;
  private stateSince = 0;

  constructor(
    private readonly probe: Probe,
    private readonly name: string,
  ) {}

  get status(): CheckStatus | undefined {
    return this.outcome?.status;
  }

  /** The change that led to the present state. */
  get latestChange(): StateChange | undefined {
    return this.change;
  }

  /** How long it has been in its state, in milliseconds. */
  get stateMs(): number {
    return now() - this.stateSince;
  }

  /** Oldest first. */
  get history(): readonly CheckResult[] {
    return this.results;
  }

  /** Whether an outcome differs from the last: requests that share an outcome record it once. */
  isNew({ status, message, at }: TimedOutcome): boolean {
    const { outcome } = this;
    return at !== outcome?.at || status !== outcome.status || message !== outcome.message;
  }

  /** @returns the change, if the outcome is one */
  add(outcome: TimedOutcome): StateChange | undefined {
    const { status, message, at, tookMs } = outcome;
    const from = this.outcome?.status;
    const date = new Date();
    this.outcome = outcome;
    this.results.push({
      status,
      ...(message !== undefined && { message }),
      at: date,
      responseTime: roundedMs(outcome),
    });
    if (this.results.length > KEPT_RESULTS) this.results.shift();

    const outageMs = this.outage ? at - this.outage.since : 0;
    const isKnown =
      status === from && (status === 'up' || this.outage?.loggedMessages.has(message));
    if (status === 'up') this.outage = undefined;
    else {
      this.outage ??= { since: at - tookMs, loggedMessages: new Set() };
      this.outage.loggedMessages.add(message);
    }
    if (isKnown) return undefined;
    const { probe, name: check } = this;
    const change = { probe, check, from, to: status, since: date, outcome, outageMs };
    if (status !== from) {
      this.change = change;
      this.stateSince = at;
    }
    return change;
  }
}

/** As shown: to the tenth of a millisecond. */
export const roundedMs = ({ tookMs }: Pick<TimedOutcome, 'tookMs'>) => Math.round(tookMs * 10) / 10;
