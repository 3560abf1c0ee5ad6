import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { checkInHand, closed, GRACE_MS } from './runs.js';
import { createShutdownController } from '../../lib/checks/check.js';

useFakeClock();

describe('closing', () => {
  it('aborts the run under way, at once', async () => {
    const { check, closing, runs } = checkInHand();
    const answer = check.run();
    closing.abort();
    expect(runs[0]?.signal.aborted).toBe(true);
    runs[0]?.reject(new Error('socket destroyed'));
    expect(await answer).toEqual(closed);
  });

  it('lets the aborted run have its own verdict', async () => {
    const { check, closing, runs } = checkInHand();
    const answer = check.run();
    closing.abort();
    runs[0]?.resolve('the pool is busy');
    expect(await answer).toBe('the pool is busy');
  });

  it('starts nothing any more', async () => {
    const { check, closing, runs } = checkInHand();
    closing.abort();
    expect(await check.run()).toEqual(closed);
    expect(runs).toHaveLength(0);
  });

  it('shares no earlier result any more', async () => {
    const { check, closing, runs } = checkInHand({ freshMs: 250 });
    const first = check.run();
    runs[0]?.resolve('up');
    await first;
    closing.abort();
    expect(await check.run()).toEqual(closed);
  });

  it('leaves nobody waiting for a run that cannot be cancelled', async () => {
    const { check, closing } = checkInHand();
    const answer = check.run();
    closing.abort();
    await pass(GRACE_MS);
    expect(await answer).toEqual(closed);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is for any number of checks, and keeps no listener of one that has run', async () => {
    const closing = createShutdownController();
    const checks = Array.from({ length: 100 }, () => checkInHand({ shutdown: closing.signal }));
    const warnings: unknown[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on('warning', warn);
    try {
      const answers = checks.map(({ check }) => check.run());
      for (const { runs } of checks) runs[0]?.resolve('up');
      await Promise.all(answers);
      await new Promise((resolve) => process.nextTick(resolve));
    } finally {
      process.off('warning', warn);
    }
    expect(warnings).toEqual([]);
    expect(getEventListeners(closing.signal, 'abort')).toEqual([]);
  });
});
