import { Inject, Injectable } from '@nestjs/common';
import type { ProbeCheck } from '../checks/outcome.js';
import { HealthOptionsError } from '../health.errors.js';
import { sharedName } from '../health.messages.js';
import { AppChecks } from '../indicators/custom/app-checks.js';
import { CustomChecks } from '../indicators/custom/custom-checks.js';
import { DataSourceHealthIndicator } from '../indicators/data-source.health.js';
import { MemcachedHealthIndicator } from '../indicators/memcached.health.js';
import { Resources, type ResourceSnapshot } from '../indicators/resources.js';
import { byProbe, type Probe, PROBES } from '../options/probe.options.js';

/** The checks of every probe: of resources, of users, and those that app code adds. */
@Injectable()
export class ProbeChecks {
  /** The lists were built for this snapshot and these added checks. */
  private snapshot?: ResourceSnapshot;
  private added?: AppChecks['checks'];
  private lists = byProbe((): readonly ProbeCheck[] => []);

  constructor(
    @Inject(Resources) private readonly resources: Resources,
    @Inject(DataSourceHealthIndicator) private readonly dataSources: DataSourceHealthIndicator,
    @Inject(MemcachedHealthIndicator) private readonly memcached: MemcachedHealthIndicator,
    @Inject(CustomChecks) private readonly customChecks: CustomChecks,
    @Inject(AppChecks) private readonly appChecks: AppChecks,
  ) {}

  /** The same array until a check comes or goes. */
  of(probe: Probe): readonly ProbeCheck[] {
    const snapshot = this.resources.snapshot();
    const { checks: added } = this.appChecks;
    if (snapshot !== this.snapshot || added !== this.added) {
      this.snapshot = snapshot;
      this.added = added;
      this.lists = byProbe((each) => this.build(each));
    }
    return this.lists[probe];
  }

  /** @throws {HealthOptionsError} when two checks of a probe have one name */
  refuseSharedNames(): void {
    for (const probe of PROBES) {
      const names = new Set<string>();
      for (const { name } of this.of(probe)) {
        if (names.has(name)) throw new HealthOptionsError(sharedName(probe, name), 'name', name);
        names.add(name);
      }
    }
  }

  private build(probe: Probe): readonly ProbeCheck[] {
    const custom = [
      ...this.customChecks.checks(probe),
      ...this.appChecks.checks.filter((check) => check.probe === probe),
    ];
    return probe === 'readiness'
      ? [...this.dataSources.checks(), ...this.memcached.checks(), ...custom]
      : custom;
  }
}
