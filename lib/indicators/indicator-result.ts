import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { Outcome } from '../checks/outcome.js';
import type { Details } from '../options/details.js';
import { presentable, reasonOf } from '../redaction/reason.js';

/** One outcome in Terminus's form; only `'full'` has what may name addresses or a driver's words. */
export function toIndicatorResult(
  terminus: HealthIndicatorService,
  name: string,
  { status, message, cause, data }: Outcome,
  details: Details,
): HealthIndicatorResult {
  const everybody = message === undefined ? {} : { message };
  const error = cause === undefined ? {} : { error: reasonOf(cause) };
  const told = details === 'full' ? { ...presentable(data), ...everybody, ...error } : everybody;
  const session = terminus.check(name);
  const report = session[status] as ((data: object) => HealthIndicatorResult) | undefined;
  // Terminus 11 knows no `degraded`.
  return report?.call(session, told) ?? { [name]: { status, ...told } };
}

/** Results as one object. Not by `Object.assign`, which takes a result named `__proto__` for a prototype. */
export function uniteResults(results: readonly HealthIndicatorResult[]): HealthIndicatorResult {
  return Object.fromEntries(results.flatMap((result) => Object.entries(result)));
}
