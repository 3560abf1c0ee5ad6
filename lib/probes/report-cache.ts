import { now } from '../checks/clock.js';
import type { ProbeCheck } from '../checks/outcome.js';
import type { Details } from '../options/details.js';
import type { ProbeReport } from './probe-report.js';

/** A report, and until when the results in it are fresh. */
export interface FreshReport {
  readonly report: ProbeReport;
  readonly freshUntil: number;
}

interface Cached<T> {
  /** The checks that the probe had: the same array until one comes or goes. */
  readonly checks: readonly ProbeCheck[];
  readonly value: T;
}

/**
 * The reports of one probe: one run for all requests that arrive while it is under way, and one report
 * until the first of its results is no longer fresh. Under a flood, running, recording and reporting
 * for each request costs more than everything else.
 */
export class ReportCache {
  private readonly running = new Map<string, Cached<Promise<ProbeReport>>>();
  private readonly latest = new Map<Details, Cached<FreshReport>>();

  /** The report of all checks of the probe. */
  get(
    details: Details,
    checks: readonly ProbeCheck[],
    make: () => Promise<FreshReport>,
  ): ProbeReport | Promise<ProbeReport> {
    const latest = this.latest.get(details);
    if (latest?.checks === checks && now() < latest.value.freshUntil) return latest.value.report;
    return this.share(details, checks, async () => {
      const value = await make();
      this.latest.set(details, { checks, value });
      return value;
    });
  }

  /** One run for all that use the same key at the same time. */
  share(
    key: string,
    checks: readonly ProbeCheck[],
    make: () => Promise<FreshReport>,
  ): Promise<ProbeReport> {
    const running = this.running.get(key);
    if (running?.checks === checks) return running.value;
    const value = make().then(({ report }) => report);
    const entry = { checks, value };
    this.running.set(key, entry);
    value
      .catch(() => {})
      .finally(() => this.running.get(key) === entry && this.running.delete(key));
    return value;
  }

  clear(): void {
    this.running.clear();
    this.latest.clear();
  }
}
