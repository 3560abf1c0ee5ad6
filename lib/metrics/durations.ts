import type { Sample } from './prometheus.js';

// Seconds, prom-client's own: up to the longest deadlines.
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Observed {
  /** How many took no longer than the bound at their place. */
  readonly within: number[];
  count: number;
  sum: number;
}

/** A histogram of durations, by check. */
export class Durations {
  private readonly observed = new Map<string, Observed>();

  observe(check: string, seconds: number): void {
    const found = this.observed.get(check) ?? { within: BOUNDS.map(() => 0), count: 0, sum: 0 };
    this.observed.set(check, found);
    BOUNDS.forEach((bound, index) => {
      if (seconds <= bound) found.within[index] = (found.within[index] ?? 0) + 1;
    });
    found.count += 1;
    found.sum += seconds;
  }

  samples(name: string): Sample[] {
    return [...this.observed].flatMap(([check, { within, count, sum }]) => {
      const bucket = (le: number | string, value: number): Sample => ({
        metricName: `${name}_bucket`,
        labels: { le, check },
        value,
      });
      return [
        ...BOUNDS.map((le, index) => bucket(le, within[index] ?? 0)),
        bucket('+Inf', count),
        { metricName: `${name}_sum`, labels: { check }, value: sum },
        { metricName: `${name}_count`, labels: { check }, value: count },
      ];
    });
  }

  forget(check: string): void {
    this.observed.delete(check);
  }

  reset(): void {
    this.observed.clear();
  }
}
