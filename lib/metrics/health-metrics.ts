import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { CheckStatus } from '../checks/outcome.js';
import { invalidOptionError } from '../health.errors.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import type { Probe } from '../options/probe.options.js';
import { hasPassed } from '../probes/probe-report.js';
import { ProbeService } from '../probes/probe.service.js';

// A check that is degraded still serves, but needs attention.
const VALUES: Readonly<Record<CheckStatus, number>> = { up: 1, degraded: 0.5, down: 0 };

const CHECK_UP = 'health_check_up';
const PROBE_UP = 'health_probe_up';
const CHECK_DURATION = 'health_check_duration_seconds';
const CHECK_CHANGES = 'health_check_changes_total';

type Labels = Readonly<Record<string, string>>;

/** The metrics of prom-client, as far as they are used. */
interface Gauge {
  set(labels: Labels, value: number): void;
  reset(): void;
}
interface Counter {
  inc(labels: Labels, value: number): void;
  remove(labels: Labels): void;
}
interface Histogram {
  observe(labels: Labels, value: number): void;
  remove(labels: Labels): void;
}

/** Shows the latest results in the user's registry of prom-client. A scrape runs no check. */
@Injectable()
export class HealthMetrics implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly metrics = new Map<string, object>();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(ProbeService) private readonly service: ProbeService,
  ) {}

  /**
   * Registers the metrics. Not sooner: nothing would remove those of an app that could not be initialized.
   *
   * @throws {HealthOptionsError} when the registry has a metric of that name
   */
  onApplicationBootstrap(): void {
    const { metrics } = this.options;
    if (!metrics) return;
    const { register } = metrics;
    for (const name of [CHECK_UP, PROBE_UP, CHECK_DURATION, CHECK_CHANGES]) {
      if (!register.getSingleMetric(name)) continue;
      throw invalidOptionError('metrics.register', register, `a registry that has no ${name} yet`);
    }
    this.addGauges();
    const durations = this.add<Histogram>('Histogram', CHECK_DURATION, 'Duration of a check.');
    const changes = this.add<Counter>('Counter', CHECK_CHANGES, "Changes of a check's state.");
    const { measured$, changes$, forgotten$ } = this.service.records;
    measured$.subscribe(({ check, tookMs }) => durations.observe({ check }, tookMs / 1000));
    // A first result is no change.
    changes$.subscribe(({ check, from }) => changes.inc({ check }, from === undefined ? 0 : 1));
    forgotten$.subscribe((check) => {
      // Another probe may still have a check of that name.
      if (this.probes().some((probe) => this.service.records.of(probe).get(check))) return;
      durations.remove({ check });
      changes.remove({ check });
    });
  }

  onApplicationShutdown(): void {
    const register = this.options.metrics?.register;
    for (const [name, metric] of this.metrics) {
      if (register?.getSingleMetric(name) === metric) register.removeSingleMetric(name);
    }
  }

  private addGauges(): void {
    const checkUp = this.add<Gauge>(
      'Gauge',
      CHECK_UP,
      'Latest result of a check: 1 up, 0.5 degraded, 0 down.',
      () => {
        checkUp.reset();
        for (const [check, value] of this.checkValues()) checkUp.set({ check }, value);
      },
    );
    const probeUp = this.add<Gauge>(
      'Gauge',
      PROBE_UP,
      'Whether a probe succeeded last: 1 or 0.',
      () => {
        probeUp.reset();
        for (const probe of this.probes()) {
          const { status } = this.service.latest(probe);
          if (status) probeUp.set({ probe }, hasPassed({ status }) ? 1 : 0);
        }
      },
    );
  }

  private add<T>(
    type: 'Gauge' | 'Counter' | 'Histogram',
    name: string,
    help: string,
    collect?: () => void,
  ): T {
    const { client, register } = this.options.metrics!;
    const Metric = client[type] as new (configuration: object) => object;
    const metric = new Metric({
      name,
      help,
      labelNames: [name === PROBE_UP ? 'probe' : 'check'],
      registers: [register],
      // A cluster unites its workers: the sum of two gauges that are 1 would be 2.
      aggregator: type === 'Gauge' ? 'min' : 'sum',
      ...(collect && { collect }),
    });
    this.metrics.set(name, metric);
    return metric as T;
  }

  /** A check of several probes has the worst of its results. */
  private checkValues(): ReadonlyMap<string, number> {
    const values = new Map<string, number>();
    for (const [check, status] of this.probes().flatMap(
      (probe) => this.service.latest(probe).checks,
    )) {
      values.set(check, Math.min(values.get(check) ?? 1, VALUES[status]));
    }
    return values;
  }

  private probes(): Probe[] {
    const { probes } = this.options;
    return (Object.keys(probes) as Probe[]).filter((probe) => probes[probe].paths.length);
  }
}
