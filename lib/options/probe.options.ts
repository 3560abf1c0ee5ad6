import type { HealthIndicatorFunction, HealthIndicatorResult } from '@nestjs/terminus';
import { invalidOptionError } from '../health.errors.js';
import { optionalNames } from '../health.messages.js';
import { type OptionalChecks, optionalRule } from './optional.js';
import { isObject, milliseconds, validate, pathOrPaths, type Rule } from './rules.js';

/**
 * The probes of an app.
 *
 * @publicApi
 */
export type Probe = 'liveness' | 'readiness' | 'startup';

export const PROBES: readonly Probe[] = ['liveness', 'readiness', 'startup'];

/** Makes one of a kind for each probe. */
export const byProbe = <T>(make: (probe: Probe) => T): Readonly<Record<Probe, T>> => ({
  liveness: make('liveness'),
  readiness: make('readiness'),
  startup: make('startup'),
});

/**
 * The result of a check: a Terminus result, or whether it is up. Nothing counts as `true`.
 *
 * @publicApi
 */
export type CheckFunctionResult = HealthIndicatorResult | boolean | void;

/**
 * A check of a probe: a Terminus health indicator function, or any function that returns whether
 * something is up. When it throws, the check is down; the error goes to the log, never into a response.
 *
 * @param signal aborts at the deadline: release what is held, and settle. The next run starts only
 * when this one has settled.
 *
 * @publicApi
 */
export type ProbeCheckFunction = (
  signal: AbortSignal,
) => CheckFunctionResult | PromiseLike<CheckFunctionResult>;

/**
 * One probe: where it answers and what else it checks.
 *
 * @publicApi
 */
export interface ProbeOptions {
  /**
   * Absolute path, or several. Matched exactly; a query is allowed.
   *
   * @default '/healthz', '/readiness', '/startupz'
   */
  path?: string | string[];

  /**
   * More checks that the probe runs, by name: letters, digits and `-` `.` `_`, not beginning with
   * `db.` or `cache.`. A check is reported as its name, or as `<name>.<key>` where its result has
   * several keys.
   *
   * When a check on `liveness` fails, Kubernetes restarts the container: never put a database there.
   *
   * @default {}
   * @example
   * readiness: { checks: { billing: () => http.pingCheck('billing', 'http://billing/healthz') } }
   */
  checks?: Record<string, ProbeCheckFunction | HealthIndicatorFunction>;

  /**
   * The `checks` that the app can do without: names, `true` for all, or `'afterStart'` for all that have
   * been up once. Down is reported as `degraded`, and does not fail the probe.
   *
   * @default []
   * @example
   * readiness: { checks: { billing: () => … }, optional: ['billing'] }
   */
  optional?: OptionalChecks;

  /**
   * Deadline of this probe's checks, in milliseconds. Also the longest that each
   * {@link ProbeIndicator} of this probe is given, and on readiness the DataSources and memcached servers.
   *
   * @default the module's `timeoutMs`
   */
  timeoutMs?: number;
}

/** One probe with its defaults; no paths when it is switched off. */
export interface ResolvedProbe {
  readonly paths: readonly string[];
  readonly checks: Readonly<Record<string, ProbeCheckFunction | HealthIndicatorFunction>>;
  readonly optional: Readonly<OptionalChecks>;
  readonly timeoutMs: number;
  /** The upper limit of the deadline of a check. */
  readonly longestMs: number;
}

const PATHS: Record<Probe, string> = {
  liveness: '/healthz',
  readiness: '/readiness',
  startup: '/startupz',
};

// Names that no view shows as something else, and that neither a found resource nor a hold has.
const CHECK_NAME = /^(?!(db|cache)\.|app$)[\w.-]+$/;
const CHECK_NAME_FORM =
  "letters, digits and - . _, not beginning with 'db.' or 'cache.', and not 'app'";

/** The name of a check that a user writes. */
export const checkName: Rule = {
  allowed: CHECK_NAME_FORM,
  accepts: (value) => typeof value === 'string' && CHECK_NAME.test(value),
};

// A Terminus attempt is a thenable that runs each time it is awaited. A promise has run already.
const isAttempt = (value: unknown) =>
  typeof (value as { then?: unknown } | null)?.then === 'function' && !(value instanceof Promise);

const checks: Rule = {
  allowed:
    "an object of functions by name, such as { billing: () => http.pingCheck('billing', url) }",
  accepts: isObject,
};

const check: Rule = {
  allowed: 'a function',
  accepts: (value) => typeof value === 'function' || isAttempt(value),
};

const RULES = { path: pathOrPaths, checks, optional: optionalRule, timeoutMs: milliseconds };

/** @param defaultMs the default of `timeoutMs` */
export function resolveProbes(
  given: Readonly<Partial<Record<Probe, ProbeOptions | string | false>>>,
  defaultMs: number,
): Readonly<Record<Probe, ResolvedProbe>> {
  const probes = byProbe((probe) => resolveProbe(probe, defaultMs, given[probe]));
  refuseSharedPaths(probes);
  return probes;
}

function resolveProbe(
  name: Probe,
  defaultMs: number,
  options: ProbeOptions | string | false = {},
): ResolvedProbe {
  if (options === false) {
    return { paths: [], checks: {}, optional: [], timeoutMs: defaultMs, longestMs: Infinity };
  }
  const given = typeof options === 'string' ? { path: options } : options;
  validate(RULES, given, `${name}.`);
  const {
    path = PATHS[name],
    timeoutMs,
    checks: functions = {},
    optional = [],
  }: ProbeOptions = given;
  for (const [key, value] of Object.entries(functions)) {
    validate({ name: checkName }, { name: key }, `${name}.checks: `);
    validate({ [key]: check }, { [key]: value }, `${name}.checks.`, [key]);
  }
  const optionalChecks = typeof optional === 'object' ? optional : [];
  const unknown = optionalChecks.find((each) => !Object.hasOwn(functions, each));
  if (unknown !== undefined) {
    const known = Object.keys(functions);
    throw invalidOptionError(`${name}.optional`, optional, optionalNames(name, known));
  }
  return {
    paths: [path].flat(),
    checks: functions,
    optional,
    timeoutMs: timeoutMs ?? defaultMs,
    longestMs: timeoutMs ?? Infinity,
  };
}

function refuseSharedPaths(probes: Readonly<Record<Probe, ResolvedProbe>>): void {
  const owners = new Map<string, string>();
  for (const [name, { paths }] of Object.entries(probes)) {
    for (const path of paths) {
      const owner = owners.get(path);
      if (owner) {
        throw invalidOptionError(
          `${name}.path`,
          path,
          `a path that no probe has; ${owner === name ? 'it has this one twice' : `${owner} has this one`}`,
        );
      }
      owners.set(path, name);
    }
  }
}
