import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type HealthCheckResult, HealthIndicatorService } from '@nestjs/terminus';
import { map, type Observable } from 'rxjs';
import { log } from '../health.logger.js';
import type { CheckStatus } from '../checks/outcome.js';
import type { Details } from '../options/details.js';
import { byProbe, type Probe } from '../options/probe.options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import type { Heartbeat, HeartbeatOptions } from '../indicators/custom/heartbeat.js';
import { LOG } from '../health.messages.js';
import { reasonOf, stackOf } from '../redaction/reason.js';
import { SafeObservable } from './safe-observable.js';
import { AppChecks } from '../indicators/custom/app-checks.js';
import { indicatorEntry } from '../indicators/indicator-result.js';
import { startupLine } from '../kubernetes/startup-log.js';
import { AppServers } from '../nest/app-servers.js';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { type CheckChange, type CheckResult, roundedMs, type StateChange } from './check-record.js';
import { ProbeChecks } from './probe-checks.js';
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
    @Inject(AppLifecycle) private readonly lifecycle: AppLifecycle,
    /** @internal */
    @Inject(ProbeChecks) readonly checks: ProbeChecks,
    @Inject(AppChecks) private readonly appChecks: AppChecks,
    @Inject(AppServers) private readonly servers: AppServers,
  ) {
    lifecycle.onStarted(() => {
      checks.refuseSharedNames();
      this.logStart();
    });
    this.runners = byProbe(
      (probe) => new ProbeRunner(probe, this.records.of(probe), checks, lifecycle, terminus),
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

  /**
   * Takes the app out of readiness until the hold is released: while it warms a cache, for maintenance,
   * or when its queue is full. Readiness is 503 with `app: <reason>`, a line for each hold. Liveness and
   * startup do not change. Works before the app has started too.
   *
   * @param reason one line of 1 to 200 characters, which every client of the probe can read
   * @returns a function that releases the hold; releasing it again does nothing
   * @throws {HealthOptionsError} with the reason and what is allowed
   * @example
   * ```ts
   * const release = probeService.hold('warming the cache.');
   * await this.cache.warm();
   * release();
   * ```
   *
   * @publicApi
   */
  hold(reason: string): () => void {
    return this.appChecks.hold(reason);
  }

  /**
   * Adds a check that is down when the app did not beat for `withinMs`: `no heartbeat within 60000 ms.`
   * The time counts from the end of the app's bootstrap. Time in which the event loop is blocked does not
   * count, since nothing could beat.
   *
   * @param name the name of the check: letters, digits and `-` `.` `_`
   * @throws {HealthOptionsError} naming the option, its value and what is allowed
   * @example
   * ```ts
   * const heartbeat = probeService.heartbeat('orders', { withinMs: 60_000, probe: 'liveness' });
   * for await (const orders of this.queue.poll()) {
   *   heartbeat.beat(); // also when there are no orders
   *   await heartbeat.during(() => this.handle(orders));
   * }
   * ```
   *
   * @publicApi
   */
  heartbeat(name: string, options: HeartbeatOptions): Heartbeat {
    const heartbeat = this.appChecks.heartbeat(name, options);
    try {
      // Else at the end of the bootstrap, when the names of all checks are known.
      if (this.lifecycle.phase === 'started') this.checks.refuseSharedNames();
    } catch (error) {
      heartbeat.stop();
      throw error;
    }
    return heartbeat;
  }

  /** @internal Calls `listener` when the app has started, and at the first moment of its shutdown. */
  onPhaseChange(listener: () => void): void {
    this.lifecycle.onStarted(listener);
    this.lifecycle.onDrain(listener);
  }

  /** @internal The latest results of a probe; no status when none of its checks has run. */
  latest(probe: Probe): LatestResults {
    const { phase } = this.lifecycle;
    const checks = this.records
      .of(probe)
      .entries()
      .flatMap(([name, { status }]) => (status ? [[name, status] as const] : []));
    if (phase !== 'started') return { checks, status: PHASE_REPORTS[probe][phase].status };
    return checks.length || !this.checks.of(probe).length
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

  private logStart(): void {
    const { options, servers } = this;
    const line = startupLine(options, this.checks.of('readiness'), servers.hasHttp);
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
