import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { controlledCheck, aborted, GRACE_MS } from './runs.js';
import { createShutdownController } from '../../lib/checks/check.js';

useFakeClock();

describe('the shutdown signal', () => {
  it('aborts the current run at once', async () => {
    const { check, shutdown, runs } = controlledCheck();
    const result = check.run();
    shutdown.abort();
    expect(runs[0]?.signal.aborted).toBe(true);
    runs[0]?.reject(new Error('socket destroyed'));
    expect(await result).toEqual(aborted);
  });

  it('lets an aborted run return its own outcome', async () => {
    const { check, shutdown, runs } = controlledCheck();
    const result = check.run();
    shutdown.abort();
    runs[0]?.resolve('the pool is busy');
    expect(await result).toBe('the pool is busy');
  });

  it('prevents new runs', async () => {
    const { check, shutdown, runs } = controlledCheck();
    shutdown.abort();
    expect(await check.run()).toEqual(aborted);
    expect(runs).toHaveLength(0);
  });

  it('ends the sharing of fresh results', async () => {
    const { check, shutdown, runs } = controlledCheck({ freshMs: 250 });
    const first = check.run();
    runs[0]?.resolve('up');
    await first;
    shutdown.abort();
    expect(await check.run()).toEqual(aborted);
  });

  it('ends the wait for a run that cannot be cancelled, after the grace', async () => {
    const { check, shutdown } = controlledCheck();
    const result = check.run();
    shutdown.abort();
    await pass(GRACE_MS);
    expect(await result).toEqual(aborted);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('serves any number of checks, and keeps no listener after a run', async () => {
    const shutdown = createShutdownController();
    const checks = Array.from({ length: 100 }, () =>
      controlledCheck({ shutdown: shutdown.signal }),
    );
    const warnings: unknown[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on('warning', warn);
    try {
      const results = checks.map(({ check }) => check.run());
      for (const { runs } of checks) runs[0]?.resolve('up');
      await Promise.all(results);
      await new Promise((resolve) => process.nextTick(resolve));
    } finally {
      process.off('warning', warn);
    }
    expect(warnings).toEqual([]);
    expect(getEventListeners(shutdown.signal, 'abort')).toEqual([]);
  });
});
