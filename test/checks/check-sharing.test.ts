import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { controlledCheck, GRACE_MS, timedOut, TIMEOUT_MS } from './runs.js';

useFakeClock();

describe('a check has one run at a time:', () => {
  it('1 000 callers share one run', async () => {
    const { check, runs } = controlledCheck();
    const results = Promise.all(Array.from({ length: 1_000 }, () => check.run()));
    expect(runs).toHaveLength(1);
    expect(vi.getTimerCount()).toBeLessThan(10);
    runs[0]?.resolve('up');
    expect(new Set(await results)).toEqual(new Set(['up']));
    expect(runs).toHaveLength(1);
  });

  it('a caller that arrives during a run shares it', async () => {
    const { check, runs } = controlledCheck();
    const first = check.run();
    await pass(TIMEOUT_MS / 2);
    const second = check.run();
    runs[0]?.resolve('up');
    expect(await Promise.all([first, second])).toEqual(['up', 'up']);
    expect(runs).toHaveLength(1);
  });

  it('the next caller starts a new run when freshMs is 0', async () => {
    const { check, runs } = controlledCheck({ freshMs: 0 });
    const first = check.run();
    runs[0]?.resolve('up');
    expect(await first).toBe('up');
    const second = check.run();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve('down');
    expect(await second).toBe('down');
  });

  it('each check has separate runs', async () => {
    const one = controlledCheck();
    const other = controlledCheck();
    const results = [one.check.run(), other.check.run()];
    one.runs[0]?.resolve('one');
    other.runs[0]?.resolve('other');
    expect(await Promise.all(results)).toEqual(['one', 'other']);
  });
});

describe('freshMs', () => {
  it('is how long a result is shared, to the millisecond', async () => {
    const { check, runs } = controlledCheck({ freshMs: 250 });
    const first = check.run();
    runs[0]?.resolve('up');
    await first;

    await pass(249);
    expect(await check.run()).toBe('up');
    expect(runs).toHaveLength(1);

    await pass(1);
    const second = check.run();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve('down');
    expect(await second).toBe('down');
  });

  it('begins when the run ends, not when it starts', async () => {
    const { check, runs } = controlledCheck({ freshMs: 250 });
    const first = check.run();
    await pass(200);
    runs[0]?.resolve('up');
    await first;
    await pass(249);
    expect(await check.run()).toBe('up');
    expect(runs).toHaveLength(1);
  });

  it('does not begin again when a result is shared', async () => {
    const { check, runs } = controlledCheck({ freshMs: 250 });
    const first = check.run();
    runs[0]?.resolve('up');
    await first;
    for (let n = 0; n < 5; n++) {
      await pass(50);
      void check.run();
    }
    expect(runs).toHaveLength(2);
    runs[1]?.resolve('up');
    await pass(10 * TIMEOUT_MS);
  });

  it('applies to errors and timeouts too', async () => {
    const { check, runs } = controlledCheck({ freshMs: 250 });
    const first = check.run();
    runs[0]?.reject(new Error('refused'));
    const failure = await first;
    expect(await check.run()).toEqual(failure);
    expect(runs).toHaveLength(1);

    await pass(250);
    const second = check.run();
    await pass(TIMEOUT_MS + GRACE_MS);
    expect(await second).toEqual(timedOut(TIMEOUT_MS));
    expect(await check.run()).toEqual(timedOut(TIMEOUT_MS));
    expect(runs).toHaveLength(2);
  });
});
