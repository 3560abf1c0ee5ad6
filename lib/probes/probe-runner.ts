import type { HealthIndicatorService } from '@nestjs/terminus';
import { now } from '../checks/clock.js';
import { type ProbeCheck, runCheck } from '../checks/outcome.js';
import { indicatorEntry } from '../indicators/indicator-result.js';
import type { Details } from '../options/details.js';
import type { Probe } from '../options/probe.options.js';
import type { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { roundedMs } from './check-record.js';
import type { ProbeChecks } from './probe-checks.js';
import type { ProbeRecord } from './probe-record.js';
import { PHASE_REPORTS, type CheckReport, type ProbeReport, statusOf } from './probe-report.js';

/** The part of a probe's checks that a request selects, by name. */
export interface Selection {
  /** One check, one of its parts, or all checks of one resource. */
  readonly only?: string;
  readonly exclude?: readonly string[];
}

/** A report, and until when the results in it are fresh. */
interface FreshReport {
  readonly report: ProbeReport;
  readonly freshUntil: number;
}

/** A run that requests share, and its report once it has ended. */
interface SharedRun {
  /** The checks that the probe had: the same array until one comes or goes. */
  readonly checks: readonly ProbeCheck[];
  readonly running: Promise<ProbeReport>;
  latest?: FreshReport;
}

/** Selects a result by its name and those of its check and its resource. */
type IsSelected = (names: readonly string[]) => boolean;

/**
 * Runs the checks of one probe, records their outcomes and reports them: once for all requests that
 * select the same. Under a flood, doing that for each request costs more than everything else.
 */
export class ProbeRunner {
  /** By level of detail and selection. */
  private readonly shared = new Map<string, SharedRun>();

  constructor(
    private readonly probe: Probe,
    private readonly record: ProbeRecord,
    private readonly checks: Pick<ProbeChecks, 'of'>,
    private readonly lifecycle: Pick<AppLifecycle, 'phase'>,
    private readonly terminus: HealthIndicatorService,
  ) {}

  /** At once when there is nothing to run or a report is fresh. */
  report(details: Details, { only, exclude }: Selection = {}): ProbeReport | Promise<ProbeReport> {
    const { phase } = this.lifecycle;
    // While Nest bootstraps, the dependencies of a check may not exist yet; during shutdown, no longer.
    if (phase !== 'started') return PHASE_REPORTS[this.probe][phase];
    const checks = this.checks.of(this.probe);
    if (only !== undefined) {
      return this.share(details, checks, only, (names) => names.includes(only));
    }
    if (exclude) return this.reportWithout(details, checks, exclude);
    return checks.length ? this.share(details, checks) : PHASE_REPORTS[this.probe][phase];
  }

  /**
   * Whether a check has this name, belongs to a resource of this name, or reported a part of this name.
   * While the app starts, any may come to have it: looking for it would search an unfinished app.
   */
  mayHave(name: string): boolean {
    return this.lifecycle.phase === 'starting' || this.named(name).length > 0;
  }

  /** The checks of this name, of the resource of this name, or with a part of this name. */
  named(name: string): readonly ProbeCheck[] {
    return this.checks.of(this.probe).filter((check) => this.namesOf(check).has(name));
  }

  /** Forgets all reports, and those of runs under way: an outcome was overridden. */
  clearCache(): void {
    this.shared.clear();
  }

  private async reportWithout(
    details: Details,
    checks: readonly ProbeCheck[],
    exclude: readonly string[],
  ): Promise<ProbeReport> {
    const names = new Set(checks.flatMap((check) => [...this.namesOf(check)]));
    const known = new Set(exclude.filter((name) => names.has(name)));
    const unknown = exclude.filter((name) => !known.has(name));
    const report = known.size
      ? await this.share(details, checks, [...known].toSorted(), (result) =>
          result.every((name) => !known.has(name)),
        )
      : await this.report(details);
    return { ...report, unknown };
  }

  /** @param selection undefined for the whole probe: its report is shared until a result expires */
  private share(
    details: Details,
    checks: readonly ProbeCheck[],
    selection?: string | readonly string[],
    isSelected?: IsSelected,
  ): ProbeReport | Promise<ProbeReport> {
    const key = selection === undefined ? details : JSON.stringify([details, selection]);
    const known = this.shared.get(key);
    if (known?.checks === checks) {
      if (!known.latest) return known.running;
      if (now() < known.latest.freshUntil) return known.latest.report;
    }
    const run = this.run(details, checks, isSelected);
    const shared: SharedRun = { checks, running: run.then(({ report }) => report) };
    this.shared.set(key, shared);
    const forget = () => this.shared.get(key) === shared && this.shared.delete(key);
    if (selection === undefined) run.then((latest) => (shared.latest = latest), forget);
    else run.then(forget, forget);
    return shared.running;
  }

  private async run(
    details: Details,
    checks: readonly ProbeCheck[],
    isSelected?: IsSelected,
  ): Promise<FreshReport> {
    const selected = isSelected
      ? checks.filter(({ name, owner }) => {
          const parts = this.record.namesOf(name);
          return (parts.length ? parts : [name]).some((each) => isSelected([each, name, owner]));
        })
      : checks;
    const outcomes = await Promise.all(selected.map(runCheck));
    const { phase } = this.lifecycle;
    // The outcome of a check that the shutdown aborted is not that of its resource.
    if (phase === 'shutting down') {
      return { report: PHASE_REPORTS[this.probe][phase], freshUntil: -Infinity };
    }
    this.record.keep(this.checks.of(this.probe));
    const reports = selected.flatMap((check, index) =>
      this.record
        .add(check.name, outcomes[index]!)
        .filter(({ name }) => !isSelected || isSelected([name, check.name, check.owner]))
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

  private namesOf({ name, owner }: ProbeCheck): ReadonlySet<string> {
    return new Set([name, owner, ...this.record.namesOf(name)]);
  }
}
