import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type HealthCheckResult, HealthIndicatorService } from '@nestjs/terminus';
import { map, type Observable } from 'rxjs';
import type { CheckStatus, ProbeCheck } from '../checks/outcome.js';
import type { Details } from '../options/details.js';
import type { Probe } from '../options/probe.options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { DataSourceHealthIndicator } from '../indicators/data-source.health.js';
import { MemcachedHealthIndicator } from '../indicators/memcached.health.js';
import { Availability, type Phase } from './availability.js';
import type { CheckChange } from './check-change.js';
import { type CheckResult, inMs, type StateChange } from './check-record.js';
import { ProbeRecords } from './probe-records.js';
import { bareReport, type ProbeReport, statusOf, toHealthCheckResult } from './probe-report.js';
import { Reporter, resultOf } from './reporter.js';
import { isSelected, type Selection } from './round.js';
import { UserChecks } from './user-checks.js';
import { warnIfSlow } from './slow-warning.js';

/** What is known without asking. */
export interface Known {
  readonly status?: ProbeReport['status'];
  readonly checks: readonly (readonly [name: string, status: CheckStatus])[];
}

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
export class ProbeService implements OnApplicationBootstrap, OnApplicationShutdown {
  /** @internal */
  readonly records = new ProbeRecords();
  private readonly reporter: Reporter;

  /**
   * Each change of a check's state, once. A new subscriber gets the present state of every check
   * first. Nothing is checked for it: changes are noticed by who asks, which is Kubernetes as a rule.
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
  readonly changes$: Observable<CheckChange> = this.records.changes$.pipe(
    map((change) => this.toPublic(change)),
  );

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HealthIndicatorService) private readonly terminus: HealthIndicatorService,
    @Inject(DataSourceHealthIndicator) private readonly dataSources: DataSourceHealthIndicator,
    @Inject(MemcachedHealthIndicator) private readonly memcached: MemcachedHealthIndicator,
    @Inject(Availability) private readonly availability: Availability,
    @Inject(UserChecks) private readonly userChecks: UserChecks,
  ) {
    this.reporter = new Reporter(terminus, this.records, {
      checksOf: (probe) => this.checksOf(probe),
      phase: () => availability.phase,
    });
  }

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
    return toHealthCheckResult(await this.report(probe, details));
  }

  /**
   * The last results of a check, 60 at most, oldest first. Asks nothing.
   *
   * @param check its name, as in the answers
   * @param probe the probe that asks it
   * @returns none when the probe has asked no check of that name
   *
   * @publicApi
   */
  history(check: string, probe: Probe = 'readiness'): readonly CheckResult[] {
    return [...(this.records.of(probe).get(check)?.history ?? [])];
  }

  /** @internal As {@link check}, with all that views show; at once when there is nothing to ask. */
  report(
    probe: Probe,
    details: Details,
    selection: Selection = {},
  ): ProbeReport | Promise<ProbeReport> {
    const { phase } = this.availability;
    if (hasNothingToAsk(phase)) return bareReport(probe, phase);
    const checks = this.checksOf(probe);
    if (!checks.length) {
      const bare = bareReport(probe, phase);
      return selection.exclude ? { ...bare, unknown: selection.exclude } : bare;
    }
    return this.reporter.report({ probe, checks, details }, selection);
  }

  /** @internal The report on one check, if there turns out to be one of that name. */
  async reportOn(probe: Probe, check: string, details: Details): Promise<ProbeReport | undefined> {
    const report = await this.report(probe, details, { only: check });
    return report.checks.length || hasNothingToAsk(report.phase) ? report : undefined;
  }

  /** @internal Whether a probe has a check of this name; none when only asking tells. */
  has(probe: Probe, only: string): boolean | undefined {
    try {
      const asks = this.checksOf(probe).map((check) =>
        isSelected(check, this.records.of(probe), { only }),
      );
      if (asks.includes(true)) return true;
      const asking = asks.includes(undefined) && !hasNothingToAsk(this.availability.phase);
      return asking ? undefined : false;
    } catch {
      // What keeps the checks from being found, asking says and logs.
      return undefined;
    }
  }

  /** @internal What is known of a probe without asking anything; no status when it was never asked. */
  known(probe: Probe): Known {
    const { phase } = this.availability;
    const checks = this.records
      .of(probe)
      .entries()
      .flatMap(([name, { status }]) => (status ? [[name, status] as const] : []));
    if (hasNothingToAsk(phase)) return { checks, status: bareReport(probe, phase).status };
    return checks.length || !this.checksOf(probe).length
      ? { checks, status: statusOf(checks.map(([, status]) => status)) }
      : { checks };
  }

  onApplicationBootstrap(): void {
    if (this.checksOf('readiness').length) {
      warnIfSlow(this.options, this.userChecks.timeouts('readiness'));
    }
  }

  onApplicationShutdown(): void {
    this.records.complete();
  }

  /** @internal everything a probe asks */
  checksOf(probe: Probe): readonly ProbeCheck[] {
    const found = probe === 'readiness' ? [this.dataSources, this.memcached] : [];
    return [...found.flatMap((indicator) => indicator.checks()), ...this.userChecks.of(probe)];
  }

  private toPublic(change: StateChange): CheckChange {
    const { probe, check, from: before, to, since, outcome, measured } = change;
    const result = resultOf(this.terminus, check, outcome, this.options.details);
    return {
      probe,
      check,
      from: before,
      to,
      since,
      result: { ...result, responseTime: inMs(measured) },
    };
  }
}

/** Before Nest has bootstrapped the app what a check needs may not be there yet, and at the end no more. */
const hasNothingToAsk = (phase: Phase) => phase !== 'started';
