import type { ProbeReport } from './probe-report.js';

// What is left out is up to who asks.
const MOST_KEPT = 32;

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
      () => this.latest.get(key) === shared && this.latest.delete(key),
    );
    this.keep(key, shared);
    return report;
  }

  private keep(key: string, shared: Shared): void {
    this.latest.delete(key);
    this.latest.set(key, shared);
    const [oldest = key] = this.latest.keys();
    if (this.latest.size > MOST_KEPT) this.latest.delete(oldest);
  }
}

const isSame = (some: readonly unknown[], others: readonly unknown[]) =>
  some.length > 0 &&
  some.length === others.length &&
  some.every((each, n) => each !== undefined && each === others[n]);
