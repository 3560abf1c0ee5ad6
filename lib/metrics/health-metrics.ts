import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { invalidOptionError } from '../health.errors.js';
import type { CheckStatus } from '../checks/outcome.js';
import type { MetricsRegister } from '../options/metrics.options.js';
import type { Probe } from '../options/probe.options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { hasPassed } from '../probes/probe-report.js';
import { ProbeService } from '../probes/probe.service.js';
import { Durations } from './durations.js';
import { type MetricSource, RegistryMetric, type Sample } from './prometheus.js';

// A check that is degraded still serves, and somebody has to look at it.
const VALUES: Readonly<Record<CheckStatus, number>> = { up: 1, degraded: 0.5, down: 0 };

/** Shows what the checks said in the user's registry of prom-client. Nothing is checked for a scrape. */
@Injectable()
export class HealthMetrics implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly durations = new Durations();
  private readonly changes = new Map<string, number>();
  private readonly metrics: readonly RegistryMetric[];

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(ProbeService) private readonly service: ProbeService,
  ) {
    this.metrics = this.sources().map((source) => new RegistryMetric(source));
  }

  /**
   * Not sooner: of an app that could not be initialized nobody would take them back.
   *
   * @throws {Error} when the registry has a metric of that name, of another app or of the user's
   */
  onApplicationBootstrap(): void {
    const { metrics } = this.options;
    if (!metrics) return;
    for (const { key } of this.metrics) refuseTaken(key, metrics.register);
    for (const metric of this.metrics) metrics.register.registerMetric(metric as never);
    const { measured$, changes$, forgotten$ } = this.service.records;
    measured$.subscribe(({ check, tookMs }) => this.durations.observe(check, tookMs / 1000));
    changes$.subscribe(({ check, from }) => {
      // A first result is no change.
      const before = this.changes.get(check) ?? 0;
      this.changes.set(check, from === undefined ? before : before + 1);
    });
    forgotten$.subscribe((check) => this.forget(check));
  }

  onApplicationShutdown(): void {
    const registry = this.options.metrics?.register;
    for (const metric of this.metrics) {
      if (registry?.getSingleMetric(metric.key) === metric) registry.removeSingleMetric(metric.key);
    }
  }

  /** Names may come and go without end. Another probe may still have this one. */
  private forget(check: string): void {
    if (this.probes().some((probe) => this.service.records.of(probe).get(check))) return;
    this.durations.forget(check);
    this.changes.delete(check);
  }

  private sources(): MetricSource[] {
    const duration = 'health_check_duration_seconds';
    const asIs = { reset() {} };
    return [
      {
        name: 'health_check_up',
        help: 'What a check said last: 1 up, 0.5 degraded, 0 down.',
        type: 'gauge',
        samples: () => this.checksUp(),
        ...asIs,
      },
      {
        name: 'health_probe_up',
        help: 'Whether a probe succeeded last: 1 or 0.',
        type: 'gauge',
        samples: () => this.probesUp(),
        ...asIs,
      },
      {
        name: duration,
        help: 'How long a check took.',
        type: 'histogram',
        samples: () => this.durations.samples(duration),
        reset: () => this.durations.reset(),
      },
      {
        name: 'health_check_changes_total',
        help: 'How often the state of a check changed.',
        type: 'counter',
        samples: () => [...this.changes].map(([check, value]) => ({ labels: { check }, value })),
        reset: () => this.changes.clear(),
      },
    ];
  }

  /** A check that several probes ask is as good as the worst they heard. */
  private checksUp(): Sample[] {
    const values = new Map<string, number>();
    for (const [check, status] of this.probes().flatMap(
      (probe) => this.service.latest(probe).checks,
    )) {
      values.set(check, Math.min(values.get(check) ?? 1, VALUES[status]));
    }
    return [...values].map(([check, value]) => ({ labels: { check }, value }));
  }

  private probesUp(): Sample[] {
    return this.probes().flatMap((probe) => {
      const { status } = this.service.latest(probe);
      return status ? [{ labels: { probe }, value: hasPassed({ status }) ? 1 : 0 }] : [];
    });
  }

  private probes(): Probe[] {
    const { probes } = this.options;
    return (Object.keys(probes) as Probe[]).filter((probe) => probes[probe].paths.length);
  }
}

function refuseTaken(name: string, registry: MetricsRegister): void {
  if (registry.getSingleMetric(name)) {
    throw invalidOptionError('metrics.register', registry, `a registry that has no ${name} yet`);
  }
}
