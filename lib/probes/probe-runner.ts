import type { HealthIndicatorService } from '@nestjs/terminus';
import { now } from '../checks/clock.js';
import { asOptional, type ProbeCheck } from '../checks/outcome.js';
import { indicatorEntry } from '../indicators/indicator-result.js';
import type { Details } from '../options/details.js';
import type { Probe } from '../options/probe.options.js';
import type { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { roundedMs } from './check-record.js';
import type { ProbeRecord } from './probe-record.js';
import { BARE_REPORTS, type CheckReport, type ProbeReport, statusOf } from './probe-report.js';
import { type FreshReport, ReportCache } from './report-cache.js';

/** The part of a probe's checks that a request selects, by name. */
export interface Selection {
  /** One check, one of its parts, or all checks of one resource. */
  readonly only?: string;
  readonly exclude?: readonly string[];
}

export interface CheckSource {
  /** The checks of a probe: the same array until one comes or goes. */
  checksOf(probe: Probe): readonly ProbeCheck[];
}

/** Runs the checks of one probe, records their outcomes and reports them: once for all requests that match. */
export class ProbeRunner {
  private readonly cache = new ReportCache();

  constructor(
    private readonly probe: Probe,
    private readonly record: ProbeRecord,
    private readonly source: CheckSource,
    private readonly lifecycle: Pick<AppLifecycle, 'phase'>,
    private readonly terminus: HealthIndicatorService,
  ) {}

  /** At once when there is nothing to run or a report is fresh. */
  report(details: Details, { only, exclude }: Selection = {}): ProbeReport | Promise<ProbeReport> {
    const phase = this.lifecycle.phase;
    // While Nest bootstraps, the dependencies of a check may not exist yet; during shutdown, no longer.
    if (phase !== 'started') return BARE_REPORTS[this.probe][phase];
    if (only !== undefined) return this.reportOnly(details, only);
    if (exclude) return this.reportWithout(details, exclude);
    const checks = this.source.checksOf(this.probe);
    return checks.length
      ? this.cache.get(details, checks, () => this.run(details, checks))
      : BARE_REPORTS[this.probe][phase];
  }

  /** The checks that have a name, belong to a resource of that name, or reported a part of that name. */
  named(name: string): readonly ProbeCheck[] {
    return this.source
      .checksOf(this.probe)
      .filter((check) => [...namesOf(check), ...this.record.namesOf(check.name)].includes(name));
  }

  /** Drops cached reports: an outcome was overridden. */
  clearCache(): void {
    this.cache.clear();
  }

  private reportOnly(details: Details, wanted: string): Promise<ProbeReport> {
    const key = JSON.stringify([details, wanted]);
    return this.cache.share(key, this.source.checksOf(this.probe), () =>
      this.run(details, this.named(wanted), (names) => names.includes(wanted)),
    );
  }

  private async reportWithout(details: Details, exclude: readonly string[]): Promise<ProbeReport> {
    const checks = this.source.checksOf(this.probe);
    const known = exclude.filter((name) => this.named(name).length).toSorted();
    const unknown = exclude.filter((name) => !known.includes(name));
    const isWanted = (names: readonly string[]) => !names.some((name) => known.includes(name));
    const selected = checks.filter((check) => isWanted(namesOf(check)));
    const key = JSON.stringify([details, known, 'excluded']);
    const report = known.length
      ? await this.cache.share(key, checks, () => this.run(details, selected, isWanted))
      : await this.report(details);
    return { ...report, unknown };
  }

  /** @param isWanted selects results by name: that of the result, of its check, and of its resource */
  private async run(
    details: Details,
    checks: readonly ProbeCheck[],
    isWanted?: (names: readonly string[]) => boolean,
  ): Promise<FreshReport> {
    const outcomes = await Promise.all(
      checks.map(async ({ check, optional }) => {
        const outcome = await check.run();
        return optional ? asOptional(outcome) : outcome;
      }),
    );
    const phase = this.lifecycle.phase;
    // The outcome of a check that the shutdown aborted is not that of its resource.
    if (phase === 'shutting down') {
      return { report: BARE_REPORTS[this.probe][phase], freshUntil: -Infinity };
    }
    this.record.keep(this.source.checksOf(this.probe));
    const reports = checks.flatMap((check, index) =>
      this.record
        .add(check.name, outcomes[index]!)
        .filter(({ name }) => !isWanted || isWanted([name, ...namesOf(check)]))
        .map(({ name, outcome, record: { stateSince, history } }): CheckReport => ({
          name,
          status: outcome.status,
          result: indicatorEntry(this.terminus, name, outcome, details),
          responseTime: roundedMs(outcome),
          stateMs: now() - stateSince,
          history,
        })),
    );
    const report: ProbeReport = {
      probe: this.probe,
      phase,
      status: statusOf(reports.map(({ status }) => status)),
      checks: reports,
      unknown: [],
    };
    return { report, freshUntil: Math.min(...outcomes.map(({ freshUntil }) => freshUntil)) };
  }
}

const namesOf = ({ name, owner }: ProbeCheck) => [name, owner];
