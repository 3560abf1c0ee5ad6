import { clearImmediate, clearTimeout, now, setImmediate, setTimeout } from './clock.js';

/** Node's timers fire at once for anything longer. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A deadline runs in slices: one whose timer fires late shows that the event loop was blocked. */
const SLICE_MS = 50;
/** How late that is. Less is a busy loop, whose time counts. */
const BLOCKED_MS = 50;
/**
 * After this much blocked time all time counts: an app whose loop is blocked over and over must report
 * a hung server too. One block may be longer, since nothing could be reported before its end.
 */
const LONGEST_EXTENSION_MS = 1_000;

/**
 * Calls `onTimeout` after `ms`. Time in which the event loop was blocked does not count, up to
 * {@link LONGEST_EXTENSION_MS}: a ping needs two turns of the loop, to connect and to read the reply, and
 * a new PostgreSQL connection more. `onTimeout` runs after the loop has polled its sockets, so a reply that
 * has arrived is in time. Returns a function that cancels the deadline.
 */
export function startDeadline(ms: number, onTimeout: () => void): () => void {
  let timer: NodeJS.Timeout;
  let immediate: NodeJS.Immediate | undefined;
  let extendedMs = 0;
  const wait = (leftMs: number) => {
    const sliceMs = Math.min(leftMs, SLICE_MS);
    const startedAt = now();
    const endSlice = () => {
      const tookMs = now() - startedAt;
      const isExtended = tookMs - sliceMs >= BLOCKED_MS && extendedMs < LONGEST_EXTENSION_MS;
      if (isExtended) extendedMs += tookMs;
      const restMs = isExtended ? leftMs : leftMs - tookMs;
      if (restMs > 0) wait(restMs);
      else immediate = setImmediate(onTimeout);
    };
    timer = setTimeout(endSlice, sliceMs);
  };
  wait(ms);
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
 * Settles as `work` does, or resolves with `onTimeout()` at the deadline, whichever is first.
 * No timer outlives it; `work` itself goes on.
 */
export function withDeadline<T>(work: Promise<T>, ms: number, onTimeout: () => T): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const callOff = startDeadline(ms, () => resolve(onTimeout()));
    work.then(resolve, reject).finally(callOff);
  });
}
