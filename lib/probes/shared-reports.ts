import type { ProbeReport } from './probe-report.js';

/** A report, and on the clock of `performance.now()` when the oldest of its results was there. */
export interface DatedReport {
  readonly report: ProbeReport;
  readonly oldestAt: number;
}

interface Shared {
  oldestAt: number;
  report: ProbeReport | Promise<ProbeReport>;
}

/**
 * One report for all who ask a probe within a moment, as there is one result of each check for them:
 * to ask, record and put together the same results for each of them is most of what a flood costs.
 */
export class SharedReports {
  private shared = new Map<string, Shared>();

  /** One in which no result is older than `freshMs`, that is under way or done; or else a new one. */
  join(
    key: string,
    freshMs: number,
    make: () => Promise<DatedReport>,
  ): ProbeReport | Promise<ProbeReport> {
    const now = performance.now();
    const known = this.shared.get(key);
    if (known && now - known.oldestAt < freshMs) return known.report;
    const made = make();
    // What a report that has just begun will find is not older than this.
    const shared: Shared = { oldestAt: now, report: made.then(({ report }) => report) };
    made.then(
      ({ report, oldestAt }) => Object.assign(shared, { report, oldestAt }),
      () => (shared.oldestAt = -Infinity),
    );
    this.shared.set(key, shared);
    return shared.report;
  }

  /** Nothing that was found until now is shared any more. */
  clear(): void {
    this.shared = new Map();
  }
}
