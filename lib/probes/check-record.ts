import type { HealthIndicatorResult } from '@nestjs/terminus';
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
  /** The reason, in one sentence. */
  readonly message?: string;
  /** When the check ended. */
  readonly at: Date;
  /** How long the check took, in milliseconds. */
  readonly responseTime: number;
}

/**
 * A change of a check's state.
 *
 * @publicApi
 */
export interface CheckChange {
  /** The probe that ran the check. A check of two probes has a change for each. */
  readonly probe: Probe;
  /** The name of the check, as in the responses. */
  readonly check: string;
  /** Undefined at the check's first result. */
  readonly from: CheckStatus | undefined;
  /** The new state. */
  readonly to: CheckStatus;
  /** When the state `to` began. */
  readonly since: Date;
  /** The entry of the check in the JSON, with the module's `details`. */
  readonly result: HealthIndicatorResult[string];
}

/** A change of a check's state, or of the message while it is not up. */
export interface StateChange {
  readonly probe: Probe;
  readonly check: string;
  /** Undefined at the check's first result. Equal to `to` when only the message has changed. */
  readonly from: CheckStatus | undefined;
  readonly to: CheckStatus;
  readonly since: Date;
  readonly outcome: TimedOutcome;
  /** Milliseconds of the outage that goes on or has just ended; 0 for none. */
  readonly outageMs: number;
}

const MAX_RESULTS = 60;

/** A time in which a check is not up. */
interface Outage {
  readonly since: number;
  /** A check that alternates between two messages logs each once. */
  readonly loggedMessages: Set<string | undefined>;
}

/** The state and the history of one check, as one probe reports it. */
export class CheckRecord {
  /** Oldest first. */
  readonly history: CheckResult[] = [];
  /** The change that led to the present state. */
  latestChange?: StateChange;
  /** Of `performance.now()`. */
  stateSince = 0;
  private latest?: TimedOutcome;
  private outage?: Outage;

  constructor(
    private readonly probe: Probe,
    private readonly check: string,
  ) {}

  get status(): CheckStatus | undefined {
    return this.latest?.status;
  }

  /** @returns undefined for an outcome that is recorded already: requests that share it record it once */
  add(outcome: TimedOutcome): { readonly change?: StateChange } | undefined {
    const { status, message, at, tookMs } = outcome;
    const { latest, probe, check } = this;
    const from = latest?.status;
    if (at === latest?.at && status === from && message === latest.message) return undefined;
    // The outcome may be recorded later: a report waits for its slowest check.
    const date = new Date(Date.now() - (now() - at));
    this.latest = outcome;
    this.history.push({
      status,
      ...(message !== undefined && { message }),
      at: date,
      responseTime: roundedMs(outcome),
    });
    if (this.history.length > MAX_RESULTS) this.history.shift();

    const outageMs = this.outage ? at - this.outage.since : 0;
    const isKnown =
      status === from && (status === 'up' || this.outage?.loggedMessages.has(message));
    if (status === 'up') this.outage = undefined;
    else {
      this.outage ??= { since: at - tookMs, loggedMessages: new Set() };
      this.outage.loggedMessages.add(message);
    }
    if (isKnown) return {};
    const change = { probe, check, from, to: status, since: date, outcome, outageMs };
    if (status !== from) {
      this.latestChange = change;
      this.stateSince = at;
    }
    return { change };
  }
}

/** Milliseconds as shown: to the tenth. */
export const roundedMs = ({ tookMs }: Pick<TimedOutcome, 'tookMs'>) => Math.round(tookMs * 10) / 10;
