import type { Outcome } from '../../checks/outcome.js';
import { INVALID_RESPONSE } from '../../health.messages.js';

/** Up when a row came back. */
export function verdictOn(rows: unknown): Outcome {
  return Array.isArray(rows) && rows.length > 0
    ? { status: 'up' }
    : { status: 'down', message: INVALID_RESPONSE };
}
