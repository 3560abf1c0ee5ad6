import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { type HealthCheckResult, HealthIndicatorService } from '@nestjs/terminus';
import type { CheckStatus, Findings, ProbeCheck } from '../checks/report.js';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import {
  type Details,
  type Probe,
  RESOLVED_OPTIONS,
  type ResolvedOptions,
} from '../health.options.js';
import { DataSourceHealthIndicator } from '../indicators/data-source.health.js';
import { toIndicatorResult, uniteResults } from '../indicators/indicator-result.js';
import { MemcachedHealthIndicator } from '../indicators/memcached.health.js';
import { Availability } from './availability.js';
import { Changes } from './changes.js';
import { UserChecks } from './user-checks.js';
import { secondsToHear, worstCaseMs } from './worst-case.js';

const KUBERNETES_DEFAULT_TIMEOUT_MS = 1000;

/**
 * Answers the probes, over HTTP and for whoever injects it.
 *
 * @example
 * ```ts
 * const { status } = await probeService.check('readiness'); // 'ok', 'degraded', 'error' or 'shutting_down'
 * ```
 *
 * @publicApi
 */
@Injectable()
export class ProbeService implements OnApplicationBootstrap {
  private readonly changes = new Changes();

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HealthIndicatorService) private readonly terminus: HealthIndicatorService,
    @Inject(DataSourceHealthIndicator) private readonly dataSources: DataSourceHealthIndicator,
    @Inject(MemcachedHealthIndicator) private readonly memcached: MemcachedHealthIndicator,
    @Inject(Availability) private readonly availability: Availability,
    @Inject(UserChecks) private readonly userChecks: UserChecks,
  ) {}

  /**
   * Runs the checks of one probe in parallel, each with its deadline; results fresher than `freshMs`
   * are shared. Never rejects.
   *
   * @param probe `'liveness'`, `'readiness'` or `'startup'`
   * @param details what the result tells; the module's `details` by default
   * @returns Terminus's result. A `status` of `'error'` with nothing in `error` means that Nest has
   * not bootstrapped the app yet.
   *
   * @publicApi
   */
  async check(probe: Probe, details: Details = this.options.details): Promise<HealthCheckResult> {
    const { phase } = this.availability;
    if (probe !== 'liveness' && phase === 'starting') {
      return { status: 'error', info: {}, error: {}, details: {} };
    }
    if (phase === 'shutting down') {
      // To restart an app that goes down is no use to anybody.
      const status = probe === 'readiness' ? 'shutting_down' : 'ok';
      return { status, info: {}, error: {}, details: {} };
    }
    const checks = this.checksOf(probe);
    const findings = await Promise.all(
      checks.map(async (check) => {
        const found = await check.ask();
        this.changes.record(`${probe} ${check.name}`, found);
        return found;
      }),
    );
    return this.summarize(uniteFindings(findings), details);
  }

  /** @internal */
  onApplicationBootstrap(): void {
    const worstMs = worstCaseMs(this.options, 'readiness', this.userChecks.timeouts('readiness'));
    const { paths } = this.options.probes.readiness;
    if (
      paths.length &&
      this.checksOf('readiness').length &&
      worstMs > KUBERNETES_DEFAULT_TIMEOUT_MS
    ) {
      new Logger(LOG_CONTEXT).warn(LOG.slowProbe('readiness', worstMs, secondsToHear(worstMs)));
    }
  }

  /** @internal everything a probe asks */
  checksOf(probe: Probe): readonly ProbeCheck[] {
    const found = probe === 'readiness' ? [this.dataSources, this.memcached] : [];
    return [...found.flatMap((indicator) => indicator.checks()), ...this.userChecks.of(probe)];
  }

  private summarize(findings: Findings, details: Details): HealthCheckResult {
    const having = (...statuses: CheckStatus[]) =>
      uniteResults(
        Object.entries(findings)
          .filter(([, { status }]) => statuses.includes(status))
          .map(([name, outcome]) => toIndicatorResult(this.terminus, name, outcome, details)),
      );
    const found = Object.values(findings).map(({ status }) => status);
    return {
      status: found.includes('down') ? 'error' : found.includes('degraded') ? 'degraded' : 'ok',
      info: having('up', 'degraded'),
      error: having('down'),
      details: having('up', 'degraded', 'down'),
    };
  }
}

/** All findings under names of their own: one that is up must not hide one that is not. */
function uniteFindings(all: readonly Findings[]): Findings {
  const united = new Map<string, Findings[string]>();
  for (const [name, outcome] of all.flatMap((findings) => Object.entries(findings))) {
    let free = name;
    for (let n = 2; united.has(free); n++) free = `${name}#${n}`;
    united.set(free, outcome);
  }
  return Object.fromEntries(united);
}
