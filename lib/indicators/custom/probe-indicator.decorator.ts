import { SetMetadata } from '@nestjs/common';
import { invalidOptionError } from '../../health.errors.js';
import {
  checkName,
  type CheckFunctionResult,
  type Probe,
  PROBES,
} from '../../options/probe.options.js';
import {
  isObject,
  milliseconds,
  millisecondsOrZero,
  obey,
  oneOf,
  trueOrFalse,
} from '../../options/rules.js';

/**
 * Options of {@link ProbeIndicator}.
 *
 * @publicApi
 */
export interface ProbeIndicatorOptions {
  /** What it is reported as: letters, digits and `-` `.` `_`, not beginning with `db.` or `cache.`, and no other indicator's name. */
  name: string;

  /**
   * The probe that asks it.
   *
   * When one on `'liveness'` fails, Kubernetes restarts the container: never put a database there.
   *
   * @default 'readiness'
   */
  probe?: Probe;

  /**
   * Whether the app can do without what is checked: down is reported as `degraded`, and does not fail
   * the probe.
   *
   * @default false
   */
  optional?: boolean;

  /**
   * Deadline of one check, in milliseconds. One that the options of the module give its probe is
   * never exceeded. `kubernetesProbes()` does not know of it.
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
 * What a class with {@link ProbeIndicator} has.
 *
 * @publicApi
 */
export interface Checkable {
  /**
   * Asks once.
   *
   * @param signal aborts at the deadline: drop what is held, and settle. The next check starts only
   * when this one has settled.
   * @returns a Terminus result, or whether it is up; nothing is as good as `true`
   * @throws anything, which is down. What was thrown is for the log, never for an answer.
   */
  check(signal: AbortSignal): CheckFunctionResult | PromiseLike<CheckFunctionResult>;
}

const RULES = {
  name: checkName,
  probe: oneOf(...PROBES),
  optional: trueOrFalse,
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
    obey(RULES, options, `${subject}: `, ['name']);
    SetMetadata(KEY, { ...options })(target as unknown as new () => Checkable);
  };
}

/** The options that a class was decorated with, or a class it extends. */
export const probeIndicatorOptions = (target: object): ProbeIndicatorOptions | undefined =>
  Reflect.getMetadata(KEY, target) as ProbeIndicatorOptions | undefined;
