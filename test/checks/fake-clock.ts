import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, vi } from 'vitest';

// lib/ captures the timers when it loads: import this file ahead of lib/.
// Immediates stay real: fake ones run a millisecond late.
vi.useFakeTimers({
  toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
});

/** Fakes the clock for all tests of a file, and fails each test that leaves a timer. */
export function useFakeClock(): void {
  afterEach(() => {
    const left = vi.getTimerCount();
    vi.clearAllTimers();
    if (left) throw new Error(`timers left: ${left}`);
  });
}

/** Advances the clock, and runs all that is due. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await nextTurn();
  await nextTurn();
}
