import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import {
  type HealthCheckResult,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import type { CheckStatus, Findings, Outcome, ProbeCheck } from '../checks/report.js';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import { type Probe, RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { DataSourceHealthIndicator } from '../indicators/data-source.health.js';
import { toIndicatorResult, uniteResults } from '../indicators/indicator-result.js';
import { MemcachedHealthIndicator } from '../indicators/memcached.health.js';
import { Availability } from './availability.js';
import { Changes } from './changes.js';
import { functionCheck } from './function-check.js';
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
  private readonly given: Readonly<Record<Probe, readonly ProbeCheck[]>>;

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HealthIndicatorService) private readonly terminus: HealthIndicatorService,
    @Inject(DataSourceHealthIndicator) private readonly dataSources: DataSourceHealthIndicator,
    @Inject(MemcachedHealthIndicator) private readonly memcached: MemcachedHealthIndicator,
    @Inject(Availability) private readonly availability: Availability,
  ) {
    this.given = {
      liveness: this.givenChecks('liveness'),
      readiness: this.givenChecks('readiness'),
      startup: this.givenChecks('startup'),
    };
  }

  /**
   * Runs the checks of one probe in parallel, each with its deadline; results fresher than `freshMs`
   * are shared. Never rejects.
   *
   * @param probe `'liveness'`, `'readiness'` or `'startup'`
   * @returns Terminus's result. A `status` of `'error'` with nothing in `error` means that Nest has
   * not bootstrapped the app yet.
   *
   * @publicApi
   */
  async check(probe: Probe): Promise<HealthCheckResult> {
    const { phase } = this.availability;
    if (probe !== 'liveness' && phase === 'starting') {
      return { status: 'error', info: {}, error: {}, details: {} };
    }
    if (probe === 'readiness' && phase === 'shutting down') {
      return { status: 'shutting_down', info: {}, error: {}, details: {} };
    }
    const { timeoutMs } = this.options.probes[probe];
    const checks = this.checksOf(probe);
    const findings = await Promise.all(
      checks.map(async (check) => {
        const found = await check.ask(timeoutMs);
        this.changes.record(`${probe} ${check.name}`, found);
        return found;
      }),
    );
    return this.summarize(uniteFindings(findings));
  }

  /** @internal */
  onApplicationBootstrap(): void {
    const worstMs = worstCaseMs(this.options, 'readiness');
    if (this.checksOf('readiness').length && worstMs > KUBERNETES_DEFAULT_TIMEOUT_MS) {
      new Logger(LOG_CONTEXT).warn(LOG.slowProbe('readiness', worstMs, secondsToHear(worstMs)));
    }
  }

  private checksOf(probe: Probe): readonly ProbeCheck[] {
    return probe === 'readiness'
      ? [...this.dataSources.checks(), ...this.memcached.checks(), ...this.given.readiness]
      : this.given[probe];
  }

  private givenChecks(probe: Probe): ProbeCheck[] {
    const { freshMs } = this.options;
    const { checks, timeoutMs = this.options.timeoutMs } = this.options.probes[probe];
    return checks.map((check, index) =>
      functionCheck(check, `${probe}.checks[${index}]`, { freshMs, timeoutMs }),
    );
  }

  private summarize(findings: Findings): HealthCheckResult {
    const having = (...statuses: CheckStatus[]) =>
      uniteResults(
        Object.entries(findings)
          .filter(([, { status }]) => statuses.includes(status))
          .map(([name, outcome]) => this.result(name, outcome)),
      );
    const found = Object.values(findings).map(({ status }) => status);
    return {
      status: found.includes('down') ? 'error' : found.includes('degraded') ? 'degraded' : 'ok',
      info: having('up', 'degraded'),
      error: having('down'),
      details: having('up', 'degraded', 'down'),
    };
  }

  private result(name: string, outcome: Outcome): HealthIndicatorResult {
    return toIndicatorResult(this.terminus, name, outcome, this.options.details);
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
