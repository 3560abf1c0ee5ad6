import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';
import type { CheckStatus } from '../checks/outcome.js';
import { byProbe, type Probe } from '../options/probe.options.js';
import type { Phase } from '../lifecycle/app-lifecycle.js';
import type { CheckResult } from './check-record.js';

/** The result of one run of a probe: all that views show, and nothing that their reader may not know. */
export interface ProbeReport {
  readonly probe: Probe;
  readonly status: HealthCheckResult['status'];
  readonly phase: Phase;
  readonly checks: readonly CheckReport[];
  /** Names in the request's `exclude` that no check has. */
  readonly unknown: readonly string[];
}

export interface CheckReport {
  readonly name: string;
  readonly status: CheckStatus;
  /** In Terminus's form. */
  readonly result: HealthIndicatorResult[string];
  /** Milliseconds that the run took. */
  readonly responseTime: number;
  /** Milliseconds since the state began. */
  readonly stateMs: number;
  readonly history: readonly CheckResult[];
}

/** Whether Kubernetes counts it as a success. */
export const hasPassed = ({ status }: Pick<ProbeReport, 'status'>) =>
  status === 'ok' || status === 'degraded';

function bareStatus(probe: Probe, phase: Phase): ProbeReport['status'] {
  // Liveness and startup pass: restarting an app that shuts down helps nobody.
  if (phase === 'shutting down' && probe === 'readiness') return 'shutting_down';
  return phase === 'starting' && probe !== 'liveness' ? 'error' : 'ok';
}

/** The reports of probes that run no checks in a phase. */
export const PHASE_REPORTS = byProbe((probe): Readonly<Record<Phase, ProbeReport>> => {
  const bare = (phase: Phase): ProbeReport => ({
    probe,
    phase,
    status: bareStatus(probe, phase),
    checks: [],
    unknown: [],
  });
  return {
    starting: bare('starting'),
    started: bare('started'),
    'shutting down': bare('shutting down'),
  };
});

export function statusOf(statuses: readonly CheckStatus[]): ProbeReport['status'] {
  if (statuses.includes('down')) return 'error';
  return statuses.includes('degraded') ? 'degraded' : 'ok';
}

/** The report in Terminus's form, each check with what `extend` adds. */
export function toHealthCheckResult(
  { status, checks }: ProbeReport,
  extend: (check: CheckReport) => object = () => ({}),
): HealthCheckResult {
  const all = checks.map((check) => ({
    status: check.status,
    entry: [check.name, { ...check.result, ...extend(check) }] as const,
  }));
  // By entries: assigning a key named `__proto__` would set the prototype.
  const having = (...statuses: CheckStatus[]): HealthIndicatorResult =>
    Object.fromEntries(
      all.filter((each) => statuses.includes(each.status)).map(({ entry }) => entry),
    );
  return {
    status,
    info: having('up', 'degraded'),
    error: having('down'),
    details: having('up', 'degraded', 'down'),
  };
}
