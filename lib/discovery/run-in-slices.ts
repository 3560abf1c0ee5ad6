import { now, setTimeout } from '../checks/clock.js';

const SLICE_MS = 1;
// Other work of the event loop comes between two slices.
const PAUSE_MS = 4;

/** The result of a generator, or the error that it threw. */
export type Ended<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Runs a generator for a moment at a time, so that it never holds the event loop up. It does not keep
 * the process alive.
 *
 * @param firstMs duration of the first slice, which runs at once
 */
export function runInSlices<T>(
  work: Generator<unknown, T>,
  done: (ended: Ended<T>) => void,
  firstMs = SLICE_MS,
): void {
  const ended = runUntil(work, now() + firstMs);
  if (ended) done(ended);
  else setTimeout(() => runInSlices(work, done), PAUSE_MS).unref();
}

/** Runs a generator to its end. */
export function runAtOnce<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

function runUntil<T>(work: Generator<unknown, T>, end: number): Ended<T> | undefined {
  try {
    do {
      const { done, value } = work.next();
      if (done) return { value };
    } while (now() < end);
  } catch (error) {
    return { error };
  }
  return undefined;
}
