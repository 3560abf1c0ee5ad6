/** The result of several rounds: the median and the quartiles. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** @param sorted ascending */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => {
    const place = (sorted.length - 1) * part;
    const below = sorted[Math.floor(place)] ?? Number.NaN;
    const above = sorted[Math.ceil(place)] ?? Number.NaN;
    return below + (above - below) * (place - Math.floor(place));
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Round by round, so that what slows the machine down slows both sides of a ratio. */
export function ratio(numerators: readonly number[], denominators: readonly number[]): Summary {
  return summarize(numerators.map((value, round) => value / (denominators[round] ?? Number.NaN)));
}

// A server's code is compiled by then, and its connections are made.
const WARM_UP_ROUNDS = 4;

/** Measures everything once per round, in an order that turns, after rounds that do not count. */
export async function interleave<T>(
  rounds: number,
  subjects: Readonly<Record<string, () => T | Promise<T>>>,
): Promise<Record<string, T[]>> {
  const names = Object.keys(subjects);
  const results: Record<string, T[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const turn of names.keys()) {
      const name = names[(turn + round + WARM_UP_ROUNDS) % names.length] ?? '';
      const result = await subjects[name]?.();
      if (round >= 0) results[name]?.push(result as T);
    }
  }
  return results;
}
