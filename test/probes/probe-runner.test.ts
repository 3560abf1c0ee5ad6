import { beforeEach, describe, expect, it } from 'vitest';
import { pass, useFakeClock } from '../checks/fake-clock.js';
import { now } from '../../lib/checks/clock.js';
import { BARE_REPORTS } from '../../lib/probes/probe-report.js';
import { type FreshReport, ReportCache } from '../../lib/probes/report-cache.js';

useFakeClock();

let cache: ReportCache;
let runs: ((freshMs?: number) => FreshReport)[];

beforeEach(() => {
  cache = new ReportCache();
  runs = [];
});

/** A run that ends when the test calls `runs[n]`, with results that are fresh for `freshMs`. */
const run = () =>
  new Promise<FreshReport>((resolve) => {
    runs.push((freshMs = 250) => {
      const report = { ...BARE_REPORTS.readiness.started };
      const made = { report, freshUntil: now() + freshMs };
      resolve(made);
      return made;
    });
  });

const CHECKS: never[] = [];

describe('the report of a whole probe', () => {
  it('comes from one run for all requests that arrive during the run', async () => {
    const first = cache.get('status', CHECKS, run);
    expect(cache.get('status', CHECKS, run)).toBe(first);
    const { report } = runs[0]!();
    expect(await first).toBe(report);
    expect(runs).toHaveLength(1);
  });

  it('is returned from the cache until the first of its results expires', async () => {
    const first = cache.get('status', CHECKS, run);
    const { report } = runs[0]!(250);
    await first;
    await pass(249);
    expect(cache.get('status', CHECKS, run)).toBe(report);
    await pass(1);
    expect(cache.get('status', CHECKS, run)).toBeInstanceOf(Promise);
    expect(runs).toHaveLength(2);
    runs[1]!();
  });

  it('comes from a new run when checks were added or removed, during a run or while fresh', async () => {
    const first = cache.get('status', CHECKS, run);
    const others: never[] = [];
    expect(cache.get('status', others, run)).not.toBe(first);
    runs[1]!();
    runs[0]!();
    await first;
    await pass(0);
    const third: never[] = [];
    expect(cache.get('status', third, run)).toBeInstanceOf(Promise);
    expect(runs).toHaveLength(3);
    runs[2]!();
  });

  it('is cached separately for each level of detail', () => {
    void cache.get('status', CHECKS, run);
    void cache.get('full', CHECKS, run);
    expect(runs).toHaveLength(2);
  });

  it('comes from a new run after clear()', async () => {
    const first = cache.get('status', CHECKS, run);
    runs[0]!();
    await first;
    cache.clear();
    expect(cache.get('status', CHECKS, run)).toBeInstanceOf(Promise);
    runs[1]!();
  });

  it('comes from a new run after a failed run', async () => {
    const failing = cache.get('status', CHECKS, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    await pass(0);
    void cache.get('status', CHECKS, run);
    expect(runs).toHaveLength(1);
  });
});

describe('the report of a selection', () => {
  it('comes from one run for concurrent requests of the same selection, and is not cached', async () => {
    const first = cache.share('without a', CHECKS, run);
    expect(cache.share('without a', CHECKS, run)).toBe(first);
    expect(cache.share('without b', CHECKS, run)).not.toBe(first);
    runs[0]!();
    await first;
    await pass(0);
    expect(cache.share('without a', CHECKS, run)).not.toBe(first);
    expect(runs).toHaveLength(3);
  });
});
