import { clearImmediate, clearTimeout, setImmediate, setTimeout } from './clock.js';

/** Node's timers fire at once for anything longer, such as the longest deadline and a grace. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls `late` after `ms`, once the event loop has looked at its sockets again: when the loop was
 * blocked past the deadline, an answer that has already arrived counts. Returns how to call it off.
 */
export function startDeadline(ms: number, late: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => (immediate = setImmediate(late)), Math.min(ms, LONGEST_TIMER_MS));
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}

/** Calls `act` when `signal` aborts, at once if it has already. Returns how to call it off. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) act();
  signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
}

/**
 * Settles as `work` does, or resolves with `late()` at the deadline, whichever is first.
 * No timer outlives it; `work` itself goes on.
 */
export function withDeadline<T>(work: Promise<T>, ms: number, late: () => T): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const callOff = startDeadline(ms, () => resolve(late()));
    work.then(resolve, reject).finally(callOff);
  });
}
