import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';
import type { CheckStatus } from '../checks/outcome.js';
import { byProbe, type Probe } from '../options/probe.options.js';
import type { Phase } from './availability.js';
import { type CheckRecord, type CheckResult, inMs } from './check-record.js';
import type { Found } from './probe-record.js';

/** What a probe found out: all that any view shows of it, and nothing its reader may not know. */
export interface ProbeReport {
  readonly probe: Probe;
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

/** What was found, with what is known of it from before. */
export const checkReport = (
  name: string,
  { outcome, measured }: Found,
  record: CheckRecord | undefined,
  result: CheckReport['result'],
): CheckReport => ({
  name,
  status: outcome.status,
  result,
  responseTime: inMs(measured),
  stateMs: record?.stateMs ?? 0,
  history: record?.history ?? [],
});

/** Whether Kubernetes is to take it for a success. */
export const hasPassed = ({ status }: Pick<ProbeReport, 'status'>) =>
  status === 'ok' || status === 'degraded';

/** What the app's life leaves a probe to say when it has nothing to check: the same object each time. */
export const bareReport = (probe: Probe, phase: Phase): ProbeReport => BARE[probe][phase];

function bareStatus(probe: Probe, phase: Phase): ProbeReport['status'] {
  // To restart an app that goes down is no use to anybody.
  if (phase === 'shutting down' && probe === 'readiness') return 'shutting_down';
  return phase === 'starting' && probe !== 'liveness' ? 'error' : 'ok';
}

const BARE = byProbe((probe): Readonly<Record<Phase, ProbeReport>> => {
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

/** The report as Terminus has it, each check with what `extend` adds. */
export function toHealthCheckResult(
  { status, checks }: ProbeReport,
  extend: (check: CheckReport) => object = () => ({}),
): HealthCheckResult {
  const all = checks.map((check) => ({
    status: check.status,
    entry: [check.name, { ...check.result, ...extend(check) }] as const,
  }));
  // By entries, since a result named `__proto__` would be taken for a prototype.
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
