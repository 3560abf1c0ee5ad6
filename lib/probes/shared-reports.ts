import type { ProbeReport } from './probe-report.js';

interface Shared {
  /** What its checks gave it, by identity. */
  readonly of: readonly unknown[];
  report: ProbeReport | Promise<ProbeReport>;
}

/**
 * One report for all who would find the same in it: to ask, record and put together the same results for
 * each of them is most of what a flood costs, and all of what the end of a hang does.
 */
export class SharedReports {
  private readonly latest = new Map<string, Shared>();

  /**
   * The latest report, under way or done, as long as who asks each check now gets what it got.
   *
   * @param current what each check gives now; a part that is none would be asked anew
   */
  join(
    key: string,
    current: () => readonly unknown[],
    make: () => Promise<ProbeReport>,
  ): ProbeReport | Promise<ProbeReport> {
    const latest = this.latest.get(key);
    if (latest && isSame(latest.of, current())) return latest.report;
    const report = make();
    // Made, it is given at once.
    const shared: Shared = { report, of: current() };
    report.then(
      (made) => (shared.report = made),
      () => this.latest.delete(key),
    );
    this.latest.set(key, shared);
    return report;
  }
}

const isSame = (some: readonly unknown[], others: readonly unknown[]) =>
  some.length === others.length &&
  some.every((each, n) => each !== undefined && each === others[n]);
