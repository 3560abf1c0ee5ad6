import { now } from '../checks/clock.js';
import type { CheckStatus, Measurement, Outcome } from '../checks/outcome.js';
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
  readonly outcome: Outcome;
  readonly measured: Measurement;
  /** How long the check has not been up, or was not until now. */
  readonly troubleMs: number;
}

const KEPT_RESULTS = 60;

interface Trouble {
  readonly since: number;
  /** One that goes to and fro between two sentences says each once. */
  readonly said: Set<string | undefined>;
}

/** What is known of one check, as one probe reports it. */
export class CheckRecord {
  private readonly results: CheckResult[] = [];
  private outcome?: Outcome;
  private measured?: Measurement;
  private trouble?: Trouble;
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

  /** Whether a result is another one than the last, not the same that is shared. */
  isNew({ status, message }: Outcome, { at }: Measurement): boolean {
    return (
      at !== this.measured?.at ||
      status !== this.outcome?.status ||
      message !== this.outcome.message
    );
  }

  /** @returns the change, if the result is one */
  add(outcome: Outcome, measured: Measurement): StateChange | undefined {
    const { status, message } = outcome;
    const from = this.outcome?.status;
    const date = new Date();
    this.outcome = outcome;
    this.measured = measured;
    this.results.push({
      status,
      ...(message !== undefined && { message }),
      at: date,
      responseTime: inMs(measured),
    });
    if (this.results.length > KEPT_RESULTS) this.results.shift();

    const troubleMs = this.trouble ? measured.at - this.trouble.since : 0;
    const known = status === from && (status === 'up' || this.trouble?.said.has(message));
    if (status === 'up') this.trouble = undefined;
    else {
      this.trouble ??= { since: measured.at, said: new Set() };
      this.trouble.said.add(message);
    }
    if (known) return undefined;
    const { probe, name: check } = this;
    const change = { probe, check, from, to: status, since: date, outcome, measured, troubleMs };
    if (status !== from) {
      this.change = change;
      this.stateSince = measured.at;
    }
    return change;
  }
}

/** As it is shown: to the tenth of a millisecond. */
export const inMs = ({ tookMs }: Measurement) => Math.round(tookMs * 10) / 10;
