import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { Outcome } from '../checks/outcome.js';
import type { Details } from '../options/details.js';
import { factsOf } from '../redaction/facts.js';

/** One outcome in Terminus's form; only `'full'` has addresses and the facts of errors. */
export function toIndicatorResult(
  terminus: HealthIndicatorService,
  name: string,
  { status, message, cause, facts }: Outcome,
  details: Details,
): HealthIndicatorResult {
  const sentence = message === undefined ? {} : { message };
  const error = details === 'full' && factsOf(cause);
  const data = {
    ...(details === 'full' && facts?.()),
    ...sentence,
    ...(error && { error }),
  };
  const session = terminus.check(name);
  const report = session[status] as ((data: object) => HealthIndicatorResult) | undefined;
  // Terminus 11 knows no `degraded`.
  return report?.call(session, data) ?? { [name]: { status, ...data } };
}

/** Results as one object. Not by `Object.assign`, which takes a result named `__proto__` for a prototype. */
export function uniteResults(results: readonly HealthIndicatorResult[]): HealthIndicatorResult {
  return Object.fromEntries(results.flatMap((result) => Object.entries(result)));
}
