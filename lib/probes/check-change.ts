import type { HealthIndicatorResult } from '@nestjs/terminus';
import type { CheckStatus } from '../checks/outcome.js';
import type { Probe } from '../options/probe.options.js';

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
  /** Its state now. */
  readonly to: CheckStatus;
  /** Since when it is in the state `to`. */
  readonly since: Date;
  /** What the JSON says of the check: how much of it, the module's `details` decide. */
  readonly result: HealthIndicatorResult[string];
}
