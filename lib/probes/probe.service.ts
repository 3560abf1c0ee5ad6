import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type HealthCheckResult, HealthIndicatorService } from '@nestjs/terminus';
import { map, type Observable } from 'rxjs';
import { log } from '../health.logger.js';
import type { CheckStatus, ProbeCheck } from '../checks/outcome.js';
import type { Details } from '../options/details.js';
import { byProbe, type Probe } from '../options/probe.options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { LOG } from '../health.messages.js';
import { reasonOf, stackOf } from '../redaction/reason.js';
import { SafeObservable } from './safe-observable.js';
import { CustomChecks } from '../indicators/custom/custom-checks.js';
import { DataSourceHealthIndicator } from '../indicators/data-source.health.js';
import { MemcachedHealthIndicator } from '../indicators/memcached.health.js';
import { indicatorEntry } from '../indicators/indicator-result.js';
import { Resources, type ResourceSnapshot } from '../indicators/resources.js';
import { startupLine } from '../kubernetes/startup-log.js';
import { AppServers } from '../nest/app-servers.js';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { type CheckChange, type CheckResult, roundedMs, type StateChange } from './check-record.js';
import { ProbeRecords } from './probe-records.js';
import { PHASE_REPORTS, type ProbeReport, statusOf, toHealthCheckResult } from './probe-report.js';
import { ProbeRunner } from './probe-runner.js';

/** The latest results, without running a check. */
export interface LatestResults {
  readonly status?: ProbeReport['status'];
  readonly checks: readonly (readonly [name: string, status: CheckStatus])[];
}

/**
 * Runs the probes, for HTTP requests and for code that injects it.
 *
 * @example
 * ```ts
 * const { status } = await probeService.check('readiness'); // 'ok', 'degraded', 'error' or 'shutting_down'
 * ```
 *
 * @publicApi
 */
@Injectable()
export class ProbeService implements OnApplicationShutdown {
  /** @internal */
  readonly records = new ProbeRecords();
  /** @internal */
  readonly runners: Readonly<Record<Probe, ProbeRunner>>;
  /** The checks of all probes, built for this snapshot. */
  private snapshot?: ResourceSnapshot;
  private checks = byProbe((): readonly ProbeCheck[] => []);

  /**
   * Each change of a check's state, once. A new subscriber gets the present state of every check first. A
   * subscription runs no check: the next probe, usually that of Kubernetes, notices a change. An error that
   * a subscriber throws is logged, and the subscription goes on.
   *
   * @example
   * ```ts
   * probeService.changes$
   *   .pipe(filter(({ to }) => to === 'down'))
   *   .subscribe(({ check, result }) => alert(`${check}: ${result.message}`));
   * ```
   *
   * @publicApi
   */
  readonly changes$: Observable<CheckChange> = new SafeObservable(
    this.records.changes$.pipe(map((change) => this.toPublic(change))),
    (error) => log.error(LOG.subscriberThrew(reasonOf(error)), stackOf(error)),
  );

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HealthIndicatorService) private readonly terminus: HealthIndicatorService,
    @Inject(DataSourceHealthIndicator) private readonly dataSources: DataSourceHealthIndicator,
    @Inject(MemcachedHealthIndicator) private readonly memcached: MemcachedHealthIndicator,
    @Inject(AppLifecycle) private readonly lifecycle: AppLifecycle,
    @Inject(Resources) private readonly resources: Resources,
    @Inject(CustomChecks) private readonly customChecks: CustomChecks,
    @Inject(AppServers) private readonly servers: AppServers,
  ) {
    lifecycle.onStarted(() => this.logStart());
    this.runners = byProbe(
      (probe) => new ProbeRunner(probe, this.records.of(probe), this, lifecycle, terminus),
    );
  }

  /**
   * Runs the checks of one probe in parallel, each with its deadline; results fresher than `freshMs`
   * are shared. Never rejects.
   *
   * @param probe `'liveness'`, `'readiness'` or `'startup'`
   * @param details how much the result contains; the module's `details` by default
   * @returns Terminus's result. A `status` of `'error'` with nothing in `error` means that Nest has
   * not bootstrapped the app yet.
   *
   * @publicApi
   */
  async check(probe: Probe, details: Details = this.options.details): Promise<HealthCheckResult> {
    return toHealthCheckResult(await this.runners[probe].report(details));
  }

  /**
   * The last results of a check, 60 at most, oldest first. It runs no check.
   *
   * @param check its name, as in the responses
   * @param probe the probe that runs it
   * @returns an empty array when the probe has run no check of that name
   *
   * @publicApi
   */
  history(check: string, probe: Probe = 'readiness'): readonly CheckResult[] {
    return [...(this.records.of(probe).get(check)?.history ?? [])];
  }

  /** @internal The latest results of a probe; no status when none of its checks has run. */
  latest(probe: Probe): LatestResults {
    const { phase } = this.lifecycle;
    const checks = this.records
      .of(probe)
      .entries()
      .flatMap(([name, { status }]) => (status ? [[name, status] as const] : []));
    if (phase !== 'started') return { checks, status: PHASE_REPORTS[probe][phase].status };
    return checks.length || !this.checksOf(probe).length
      ? { checks, status: statusOf(checks.map(([, status]) => status)) }
      : { checks };
  }

  /** @internal Drops cached reports, after an outcome was overridden. */
  clearCache(): void {
    for (const runner of Object.values(this.runners)) runner.clearCache();
  }

  onApplicationShutdown(): void {
    this.records.complete();
  }

  /** @internal The checks of a probe: the same array until one comes or goes. */
  checksOf(probe: Probe): readonly ProbeCheck[] {
    const snapshot = this.resources.snapshot();
    if (snapshot !== this.snapshot) {
      this.snapshot = snapshot;
      this.checks = byProbe((each) => this.buildChecks(each));
    }
    return this.checks[probe];
  }

  private buildChecks(probe: Probe): readonly ProbeCheck[] {
    const custom = this.customChecks.checks(probe);
    return probe === 'readiness'
      ? [...this.dataSources.checks(), ...this.memcached.checks(), ...custom]
      : custom;
  }

  private logStart(): void {
    const { options, servers } = this;
    const line = startupLine(options, this.checksOf('readiness'), servers.hasHttp);
    if (line) log[line.level](line.message);
  }

  private toPublic(change: StateChange): CheckChange {
    const { probe, check, from: before, to, since, outcome } = change;
    const result = indicatorEntry(this.terminus, check, outcome, this.options.details);
    return {
      probe,
      check,
      from: before,
      to,
      since,
      result: { ...result, responseTime: roundedMs(outcome) },
    };
  }
}
