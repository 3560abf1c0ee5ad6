import { log } from '../health.logger.js';
import { LOG } from '../health.messages.js';
import { reasonOf, stackOf } from '../redaction/reason.js';
import type { StateChange } from './check-record.js';

/** Logs why a check is not up, once for each message in an outage, and that it recovered. */
export class ChangeLog {
  write({ check, from, to, outcome, outageMs }: StateChange): void {
    if (outcome.logged) return;
    if (to !== 'up') {
      const { message = '', cause } = outcome;
      log.warn(LOG.notUp(check, message, reasonOf(cause)) + withLineBreak(stackOf(cause)));
    } else if (from !== undefined) {
      log.log(LOG.recovered(check, Math.round(outageMs / 1000)));
    }
  }
}

const withLineBreak = (text: string) => text && `\n${text}`;
