import { log } from '../health.logger.js';
import { LOG } from '../health.messages.js';
import { reasonOf, stackOf } from '../redaction/reason.js';
import type { StateChange } from './check-record.js';

/** Logs why a check is not up, once for each message in an outage, and that it recovered. */
export function logChange({ check, from, to, outcome, outageMs }: StateChange): void {
  const { message = '', cause, logged } = outcome;
  if (logged) return;
  if (to !== 'up') {
    const stack = stackOf(cause);
    log.warn(LOG.notUp(check, message, reasonOf(cause)) + (stack && `\n${stack}`));
  } else if (from !== undefined) {
    log.log(LOG.recovered(check, Math.round(outageMs / 1000)));
  }
}
