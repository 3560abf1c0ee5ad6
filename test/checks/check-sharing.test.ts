import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { checkInHand, GRACE_MS, late, TIMEOUT_MS } from './runs.js';

useFakeClock();

describe('one run at a time', () => {
  it('answers 1 000 askers with one run', async () => {
    const { check, runs } = checkInHand();
    const answers = Promise.all(Array.from({ length: 1_000 }, () => check.run()));
    expect(runs).toHaveLength(1);
    expect(vi.getTimerCount()).toBeLessThan(10);
    runs[0]?.resolve('up');
    expect(new Set(await answers)).toEqual(new Set(['up']));
    expect(runs).toHaveLength(1);
  });

  it('lets an asker who comes in the middle of a run share it', async () => {
    const { check, runs } = checkInHand();
    const first = check.run();
    await pass(TIMEOUT_MS / 2);
    const second = check.run();
    runs[0]?.resolve('up');
    expect(await Promise.all([first, second])).toEqual(['up', 'up']);
    expect(runs).toHaveLength(1);
  });

  it('runs again for the next asker once there is an answer, when freshMs is 0', async () => {
    const { check, runs } = checkInHand({ freshMs: 0 });
    const first = check.run();
    runs[0]?.resolve('up');
    expect(await first).toBe('up');
    const second = check.run();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve('down');
    expect(await second).toBe('down');
  });

  it('gives every check its own run', async () => {
    const one = checkInHand();
    const other = checkInHand();
    const answers = [one.check.run(), other.check.run()];
    one.runs[0]?.resolve('one');
    other.runs[0]?.resolve('other');
    expect(await Promise.all(answers)).toEqual(['one', 'other']);
  });
});

describe('freshMs', () => {
  it('shares a result for as long, and not a millisecond longer', async () => {
    const { check, runs } = checkInHand({ freshMs: 250 });
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

  it('counts from the answer, not from the question', async () => {
    const { check, runs } = checkInHand({ freshMs: 250 });
    const first = check.run();
    await pass(200);
    runs[0]?.resolve('up');
    await first;
    await pass(249);
    expect(await check.run()).toBe('up');
    expect(runs).toHaveLength(1);
  });

  it('does not count anew when a result is shared', async () => {
    const { check, runs } = checkInHand({ freshMs: 250 });
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

  it('shares a failure and a missing answer too', async () => {
    const { check, runs } = checkInHand({ freshMs: 250 });
    const first = check.run();
    runs[0]?.reject(new Error('refused'));
    const failure = await first;
    expect(await check.run()).toBe(failure);
    expect(runs).toHaveLength(1);

    await pass(250);
    const second = check.run();
    await pass(TIMEOUT_MS + GRACE_MS);
    expect(await second).toEqual(late(TIMEOUT_MS));
    expect(await check.run()).toEqual(late(TIMEOUT_MS));
    expect(runs).toHaveLength(2);
  });
});
