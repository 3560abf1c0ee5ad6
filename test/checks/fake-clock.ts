import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, vi } from 'vitest';

// Installed before lib/ loads, which captures the timers it finds: import this file ahead of lib/.
// Immediates stay real: fake ones come a millisecond late.
vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });

/** Stops the clock for every test of a file, and fails each that leaves a timer behind. */
export function useFakeClock(): void {
  afterEach(() => {
    const left = vi.getTimerCount();
    vi.clearAllTimers();
    if (left) throw new Error(`timers left: ${left}`);
  });
}

/** Advances the clock, and lets all that is due happen. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await nextTurn();
  await nextTurn();
}
