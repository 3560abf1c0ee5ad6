import type { HealthIndicatorService } from '@nestjs/terminus';
import type { Outcome, ProbeCheck } from '../checks/outcome.js';
import { toIndicatorResult } from '../indicators/indicator-result.js';
import type { Details } from '../options/details.js';
import type { Probe } from '../options/probe.options.js';
import type { Phase } from './availability.js';
import type { ProbeRecords } from './probe-records.js';
import { bareReport, checkReport, type ProbeReport, statusOf } from './probe-report.js';
import { areNamed, ask, isSelected, type Selection, sortOut } from './round.js';
import { SharedReports } from './shared-reports.js';

/** What to report on, and how much of it. */
export interface Subject {
  readonly probe: Probe;
  readonly checks: readonly ProbeCheck[];
  readonly details: Details;
}

/** How it stands with the app now, which may be otherwise once all checks have answered. */
export interface AppState {
  checksOf(probe: Probe): readonly ProbeCheck[];
  phase(): Phase;
}

/** Asks checks, takes down what they found and reports it: once for all who would be told the same. */
export class Reporter {
  private readonly shared = new SharedReports();

  constructor(
    private readonly terminus: HealthIndicatorService,
    private readonly records: ProbeRecords,
    private readonly app: AppState,
  ) {}

  report(subject: Subject, { only, exclude }: Selection = {}): ProbeReport | Promise<ProbeReport> {
    if (only !== undefined) return this.make(subject, { only });
    return exclude ? this.reportWithout(subject, exclude) : this.share(subject, []);
  }

  /** Shared with all who leave out the same, whatever else they name that there is not. */
  private async reportWithout(subject: Subject, exclude: readonly string[]): Promise<ProbeReport> {
    const { probe, checks } = subject;
    const record = this.records.of(probe);
    if (!areNamed(checks, record)) return this.make(subject, { exclude });
    const { known, unknown } = sortOut(exclude, checks, record);
    return { ...(await this.share(subject, known.toSorted())), unknown };
  }

  private share(subject: Subject, exclude: readonly string[]): ProbeReport | Promise<ProbeReport> {
    const { probe, checks, details } = subject;
    const selected = exclude.length
      ? checks.filter((check) => isSelected(check, this.records.of(probe), { exclude }))
      : checks;
    return this.shared.join(
      JSON.stringify([probe, details, ...exclude]),
      () => selected.flatMap((check) => check.current()),
      () => this.make(subject, { exclude }),
    );
  }

  private async make(
    { probe, checks, details }: Subject,
    selection: Selection,
  ): Promise<ProbeReport> {
    const record = this.records.of(probe);
    const round = await ask(checks, record, selection);
    const phase = this.app.phase();
    // What is cut off because the app goes down says nothing about what it asked.
    if (phase === 'shutting down') return bareReport(probe, phase);
    // Those there are now: a module may have been loaded meanwhile.
    record.keep(new Set(this.app.checksOf(probe).map(({ name }) => name)));
    for (const [source, found] of round) record.add(source, found);

    const { only, exclude = [] } = selection;
    const reports = [...round].flatMap(([source, found]) =>
      [...found]
        .filter(([name]) => (only === undefined ? !exclude.includes(name) : name === only))
        .map(([name, each]) => {
          const result = resultOf(this.terminus, name, each.outcome, details);
          return checkReport(name, each, record.of(source, name), result);
        }),
    );
    return {
      probe,
      phase,
      status: statusOf(reports.map(({ status }) => status)),
      checks: reports,
      unknown: sortOut(exclude, checks, record).unknown,
    };
  }
}

/** One outcome as Terminus has it. */
export function resultOf(
  terminus: HealthIndicatorService,
  name: string,
  outcome: Outcome,
  details: Details,
) {
  const { [name]: result } = toIndicatorResult(terminus, name, outcome, details);
  return result ?? { status: outcome.status };
}
