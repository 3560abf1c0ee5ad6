import type { HealthIndicatorResult } from '@nestjs/terminus';
import type { CheckStatus } from '../checks/outcome.js';
import type { Probe } from '../options/probe.options.js';

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
