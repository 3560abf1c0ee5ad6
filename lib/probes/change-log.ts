import { Logger } from '@nestjs/common';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import { reasonOf, stackOf } from '../redaction/reason.js';
import type { StateChange } from './check-record.js';

/** Logs why a check is not up, once for each message in an outage, and that it recovered. */
export class ChangeLog {
  private readonly logger = new Logger(LOG_CONTEXT);

  write({ check, from, to, outcome, outageMs }: StateChange): void {
    if (outcome.logged) return;
    if (to !== 'up') {
      const { message = '', cause } = outcome;
      const reason = cause === undefined ? '' : reasonOf(cause);
      this.logger.warn(LOG.notUp(check, message, reason) + withLineBreak(stackOf(cause)));
    } else if (from !== undefined) {
      this.logger.log(LOG.recovered(check, Math.round(outageMs / 1000)));
    }
  }
}

const withLineBreak = (text: string) => text && `\n${text}`;
