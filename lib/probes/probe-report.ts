import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';
import type { CheckStatus } from '../checks/report.js';
import type { Probe } from '../options/probe.options.js';
import { uniteResults } from '../indicators/indicator-result.js';
import type { Phase } from './availability.js';
import type { CheckResult } from './check-record.js';

/** What a probe found out: all that any view shows of it, and nothing its reader may not know. */
export interface ProbeReport {
  readonly probe: Probe;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  readonly status: HealthCheckResult['status'];
  readonly phase: Phase;
  readonly checks: readonly CheckReport[];
  /** Names that were to be left out and that no check has. */
  readonly unknown: readonly string[];
}

export interface CheckReport {
  readonly name: string;
  readonly status: CheckStatus;
  /** In Terminus's form. */
  readonly result: HealthIndicatorResult[string];
  /** How long it took, in milliseconds. */
  readonly responseTime: number;
  /** How long it has been in its state, in milliseconds. */
  readonly stateMs: number;
  readonly history: readonly CheckResult[];
}

/** Whether Kubernetes is to take it for a success. */
export const hasPassed = ({ status }: Pick<ProbeReport, 'status'>) =>
  status === 'ok' || status === 'degraded';

/** What the app's life leaves a probe to say when it has nothing to check. */
export function bareReport(
  probe: Probe,
  phase: Phase,
  unknown: readonly string[] = [],
): ProbeReport {
  const status = bareStatus(probe, phase);
  return { probe, at: Date.now(), phase, status, checks: [], unknown };
}

function bareStatus(probe: Probe, phase: Phase): ProbeReport['status'] {
  // To restart an app that goes down is no use to anybody.
  if (phase === 'shutting down' && probe === 'readiness') return 'shutting_down';
  return phase === 'starting' && probe !== 'liveness' ? 'error' : 'ok';
}

export function statusOf(statuses: readonly CheckStatus[]): ProbeReport['status'] {
  if (statuses.includes('down')) return 'error';
  return statuses.includes('degraded') ? 'degraded' : 'ok';
}

/** The report as Terminus has it, each check with what `extend` adds. */
export function toHealthCheckResult(
  { status, checks }: ProbeReport,
  extend: (check: CheckReport) => object = () => ({}),
): HealthCheckResult {
  const having = (...statuses: CheckStatus[]) =>
    uniteResults(
      checks
        .filter((check) => statuses.includes(check.status))
        .map((check) => ({ [check.name]: { ...check.result, ...extend(check) } })),
    );
  return {
    status,
    info: having('up', 'degraded'),
    error: having('down'),
    details: having('up', 'degraded', 'down'),
  };
}
