import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, vi } from 'vitest';

/**
 * Stops the clock for every test of a file, and fails each that leaves a timer behind. Immediates
 * stay real: fake ones come a millisecond late.
 */
export function useFakeClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    const left = vi.getTimerCount();
    vi.useRealTimers();
    if (left) throw new Error(`timers left: ${left}`);
  });
}

/** Lets time pass, and all that is due happen. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await nextTurn();
  await nextTurn();
}
