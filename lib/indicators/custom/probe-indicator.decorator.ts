import { SetMetadata } from '@nestjs/common';
import { invalidOptionError } from '../../health.errors.js';
import {
  checkName,
  type CheckFunctionResult,
  type Probe,
  PROBES,
} from '../../options/probe.options.js';
import { isOptionalRule } from '../../options/optional.js';
import {
  isObject,
  milliseconds,
  millisecondsOrZero,
  validate,
  oneOf,
} from '../../options/rules.js';

/**
 * Options of {@link ProbeIndicator}.
 *
 * @publicApi
 */
export interface ProbeIndicatorOptions {
  /** The name of the check: letters, digits and `-` `.` `_`, without the prefix `db.` or `cache.`, and unique among indicators. */
  name: string;

  /**
   * The probe that runs it.
   *
   * When one on `'liveness'` fails, Kubernetes restarts the container: never put a database there.
   *
   * @default 'readiness'
   */
  probe?: Probe;

  /**
   * Whether the app can do without the checked resource, or, with `'afterStart'`, once it has been up:
   * down is reported as `degraded`, and does not fail the probe.
   *
   * @default false
   */
  optional?: boolean | 'afterStart';

  /**
   * Deadline of one run, in milliseconds; at most that of its probe in the options of the module.
   * `kubernetesProbes()` does not take it into account.
   *
   * @default the `timeoutMs` of its probe, or else the module's
   */
  timeoutMs?: number;

  /**
   * How long a result is shared, in milliseconds. 0: every probe checks.
   *
   * @default the module's `freshMs`
   */
  freshMs?: number;
}

/**
 * The method of a class with {@link ProbeIndicator}.
 *
 * @publicApi
 */
export interface Checkable {
  /**
   * Runs the check once.
   *
   * @param signal aborts at the deadline: release resources, and settle. The next run starts only when
   * this one has settled.
   * @returns a Terminus result, or whether it is up; undefined means up
   * @throws anything: the check is down. The error goes to the log, never into a response.
   */
  check(signal: AbortSignal): CheckFunctionResult | PromiseLike<CheckFunctionResult>;
}

const RULES = {
  name: checkName,
  probe: oneOf(...PROBES),
  optional: isOptionalRule,
  timeoutMs: milliseconds,
  freshMs: millisecondsOrZero,
};

const KEY = 'nestjs-healthz:probe-indicator';

/**
 * Makes a provider a check of a probe, wherever in the app it is provided, in modules that are loaded
 * lazily too. It has a deadline, one run at a time, and a result that is shared.
 *
 * @throws {Error} while the class is being defined, naming the option, its value and what is allowed.
 * While the app is being initialized, on a class without a method `check`, one that is not a
 * singleton, and a name that is used twice.
 * @example
 * ```ts
 * @Injectable()
 * @ProbeIndicator({ name: 'billing' })
 * export class BillingIndicator implements Checkable {
 *   async check(signal: AbortSignal) {
 *     const response = await fetch('http://billing/healthz', { signal });
 *     return response.ok;
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export function ProbeIndicator(options: ProbeIndicatorOptions) {
  return (target: { readonly name: string; readonly prototype: Checkable }): void => {
    const subject = `@ProbeIndicator of ${target.name}`;
    if (!isObject(options)) {
      throw invalidOptionError(subject, options, 'an object');
    }
    validate(RULES, options, `${subject}: `, ['name']);
    SetMetadata(KEY, { ...options })(target as unknown as new () => Checkable);
  };
}

/** The options that a class was decorated with, or a class it extends. */
export const probeIndicatorOptions = (target: object): ProbeIndicatorOptions | undefined =>
  Reflect.getMetadata(KEY, target) as ProbeIndicatorOptions | undefined;
