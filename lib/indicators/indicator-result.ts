import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { Outcome } from '../checks/outcome.js';
import type { Details } from '../options/details.js';
import { factsOf } from '../redaction/facts.js';

/** The entry of one outcome in Terminus's result; only `'full'` has addresses and the facts of errors. */
export function indicatorEntry(
  terminus: HealthIndicatorService,
  name: string,
  { status, message, cause, facts }: Outcome,
  details: Details,
): HealthIndicatorResult[string] {
  const error = details === 'full' && factsOf(cause);
  const data = {
    ...(details === 'full' && facts?.()),
    ...(message !== undefined && { message }),
    ...(error && { error }),
  };
  const session = terminus.check(name);
  const report = session[status] as ((data: object) => HealthIndicatorResult) | undefined;
  // Terminus 11 has no `degraded`.
  return report?.call(session, data)[name] ?? { status, ...data };
}

/** Results as one object. Not by `Object.assign`, which would set the prototype for a result named `__proto__`. */
export function uniteResults(results: readonly HealthIndicatorResult[]): HealthIndicatorResult {
  return Object.fromEntries(results.flatMap((result) => Object.entries(result)));
}
