import { Logger } from '@nestjs/common';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import type { CheckStatus } from '../checks/outcome.js';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import type { Probe } from '../options/probe.options.js';
import { reasonOf, stackOf } from '../indicators/reason.js';
import type { StateChange } from './check-record.js';

/**
 * A check has got another state.
 *
 * @publicApi
 */
export interface CheckChange {
  /** Which probe noticed. A check that two of them ask has a change for each. */
  readonly probe: Probe;
  /** The name of the check, as in the answers. */
  readonly check: string;
  /** None at the check's first result. */
  readonly from: CheckStatus | undefined;
  readonly to: CheckStatus;
  /** Since when it is in the state `to`. */
  readonly since: Date;
  /** What the JSON says of the check: how much of it, the module's `details` decide. */
  readonly result: HealthIndicatorResult[string];
}

/** Logs why a check is not up, once for each sentence it says in an outage, and that it recovered. */
export class ChangeLog {
  private readonly logger = new Logger(LOG_CONTEXT);

  write({ check, from, to, outcome, troubleMs }: StateChange): void {
    if (outcome.logged) return;
    if (to !== 'up') {
      const { message = '', cause } = outcome;
      const reason = cause === undefined ? '' : reasonOf(cause);
      this.logger.warn(LOG.notUp(check, message, reason) + withLineBreak(stackOf(cause)));
    } else if (from !== undefined) {
      this.logger.log(LOG.recovered(check, Math.round(troubleMs / 1000)));
    }
  }
}

const withLineBreak = (text: string) => text && `\n${text}`;
