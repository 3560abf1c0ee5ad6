/**
 * Node's timers and monotonic clock, captured when this module loads. A test that installs fake timers
 * would otherwise stop every deadline: the probe, all later ones and `close()` hung until real timers
 * came back.
 */
export const {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate,
} = globalThis;

export const nextTick: typeof process.nextTick = process.nextTick.bind(process);

/** Milliseconds of `performance.now()`. */
export const now: () => number = performance.now.bind(performance);

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Resolves in the check phase of the event loop, after it has looked at its sockets. */
export const nextLoopTurn = (): Promise<void> =>
  new Promise((resolve) => void setImmediate(resolve));
