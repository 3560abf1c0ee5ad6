import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { invalidOption } from '../health.messages.js';
import { checks, milliseconds, names, obey, pathOrPaths } from './rules.js';

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
   * Terminus health indicator functions the probe asks too.
   *
   * A check on `liveness` makes Kubernetes restart the container when it fails: never put a
   * database there.
   *
   * @default []
   * @example
   * readiness: { checks: [() => http.pingCheck('billing', 'http://billing/healthz')] }
   */
  checks?: HealthIndicatorFunction[];

  /**
   * Names among `checks` that the app can do without: down is reported as `degraded`, and does not
   * fail the probe. Names are those the checks report; one that has not answered yet has the name of
   * its function, or else its place, as in `readiness.checks[0]`.
   *
   * @default []
   * @example
   * readiness: { checks: [function billing() { … }], optional: ['billing'] }
   */
  optional?: string[];

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
  readonly checks: readonly HealthIndicatorFunction[];
  readonly optional: readonly string[];
  readonly timeoutMs: number;
  /** What no check's own deadline may exceed. */
  readonly longestMs: number;
}

const PATHS: Record<Probe, string> = {
  liveness: '/healthz',
  readiness: '/readiness',
  startup: '/startupz',
};

const RULES = { path: pathOrPaths, checks, optional: names, timeoutMs: milliseconds };

/** @param defaultMs the deadline of a probe that has none of its own */
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
  given: ProbeOptions | string | false = {},
): ResolvedProbe {
  if (given === false) {
    return { paths: [], checks: [], optional: [], timeoutMs: defaultMs, longestMs: Infinity };
  }
  const options = typeof given === 'string' ? { path: given } : given;
  obey(RULES, options, `${name}.`);
  const { path = PATHS[name], timeoutMs } = options;
  return {
    paths: [path].flat(),
    checks: options.checks ?? [],
    optional: options.optional ?? [],
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
        throw new Error(
          invalidOption(
            `${name}.path`,
            path,
            `a path of its own, and ${owner === name ? 'it has this one twice' : `${owner} has this one`}`,
          ),
        );
      }
      owners.set(path, name);
    }
  }
}
