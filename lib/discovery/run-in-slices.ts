import { now, setTimeout } from '../checks/clock.js';

const SLICE_MS = 1;
// Other work of the event loop comes between two slices.
const PAUSE_MS = 4;

/**
 * Runs a generator for a moment at a time, so that it never holds the event loop up. It does not keep
 * the process alive.
 */
export function runInSlices<T>(work: Generator<unknown, T>, done: (result: T) => void): void {
  const slice = () => {
    const end = now() + SLICE_MS;
    do {
      const { done: isDone, value } = work.next();
      if (isDone) return done(value);
    } while (now() < end);
    setTimeout(slice, PAUSE_MS).unref();
  };
  slice();
}

/** Runs a generator to its end. */
export function runAtOnce<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
