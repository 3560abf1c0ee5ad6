import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { controlledCheck, failed, GRACE_MS, timedOut, TIMEOUT_MS, watch } from './runs.js';

useFakeClock();

describe('the deadline of a check', () => {
  it('aborts the signal, to the millisecond', async () => {
    const { check, runs } = controlledCheck();
    const result = check.run();
    await pass(TIMEOUT_MS - 1);
    expect(runs[0]?.signal.aborted).toBe(false);
    await pass(1);
    expect(runs[0]?.signal.aborted).toBe(true);
    runs[0]?.reject(new Error('socket destroyed'));
    expect(await result).toEqual(timedOut(TIMEOUT_MS));
  });

  it('does not abort the signal of a run that has settled', async () => {
    const { check, runs } = controlledCheck();
    const result = check.run();
    await pass(TIMEOUT_MS - 1);
    runs[0]?.resolve('up');
    await result;
    await pass(10 * TIMEOUT_MS);
    expect(runs[0]?.signal.aborted).toBe(false);
  });

  it('lets an aborted run return its own outcome within the grace', async () => {
    const { check, runs } = controlledCheck();
    const result = check.run();
    await pass(TIMEOUT_MS + GRACE_MS - 1);
    runs[0]?.resolve('the pool is busy');
    expect(await result).toBe('the pool is busy');
  });

  it('reports a timeout at the end of the grace when the run has not settled', async () => {
    const { check, runs } = controlledCheck();
    const result = watch(check.run());
    await pass(TIMEOUT_MS + GRACE_MS - 1);
    expect(result.settled).toBe(false);
    await pass(1);
    expect(result.settled).toBe(true);
    expect(await result.promise).toEqual(timedOut(TIMEOUT_MS));
    runs[0]?.resolve('up');
  });
});

describe('a run that continues after its deadline', () => {
  it('stays the only one: each caller waits for it up to the deadline', async () => {
    const { check, runs } = controlledCheck();
    for (let n = 0; n < 5; n++) {
      const result = watch(check.run());
      await pass(TIMEOUT_MS - 1);
      expect(result.settled).toBe(false);
      await pass(1 + GRACE_MS);
      expect(result.settled).toBe(true);
      expect(await result.promise).toEqual(timedOut(TIMEOUT_MS));
      expect(vi.getTimerCount()).toBe(0);
    }
    expect(runs).toHaveLength(1);
  });

  it('has its late result discarded, since it is outdated', async () => {
    const { check, runs } = controlledCheck();
    void check.run();
    await pass(10 * TIMEOUT_MS);
    const result = check.run();
    runs[0]?.resolve('up');
    expect(await result).toEqual(timedOut(TIMEOUT_MS));
  });

  it.each([
    ['resolved', (run?: { resolve(result: string): void }) => run?.resolve('up')],
    ['rejected', (run?: { reject(reason: Error): void }) => run?.reject(new Error('reset'))],
  ])('is followed by a new run once it has %s', async (_, settle) => {
    const { check, runs } = controlledCheck();
    const first = check.run();
    await pass(10 * TIMEOUT_MS);
    expect(await first).toEqual(timedOut(TIMEOUT_MS));
    settle(runs[0]);
    await pass(0);

    const next = check.run();
    expect(runs).toHaveLength(2);
    expect(runs[1]?.signal.aborted).toBe(false);
    runs[1]?.resolve('up');
    expect(await next).toBe('up');
  });

  it('is not joined by callers that share its result', async () => {
    const { check, runs } = controlledCheck({ freshMs: 250 });
    const first = check.run();
    await pass(TIMEOUT_MS + GRACE_MS);
    await first;
    const second = watch(check.run());
    await pass(0);
    expect(second.settled).toBe(true);
    expect(runs).toHaveLength(1);
  });
});

describe('a run that fails', () => {
  const refused = new Error('refused');

  it.each([
    ['rejects with an error', () => Promise.reject(refused), refused],
    ['rejects with undefined', () => Promise.reject(undefined), undefined],
    ['rejects with a string', () => Promise.reject('refused' as unknown as Error), 'refused'],
    [
      'throws synchronously',
      () => {
        throw refused;
      },
      refused,
    ],
  ])('is reported as an error when it %s', async (_, run, error) => {
    const { check } = controlledCheck({ run });
    expect(await check.run()).toEqual(failed(error));
  });

  it('is followed by a new run', async () => {
    const run = vi.fn<() => Promise<string>>();
    run.mockRejectedValueOnce(refused).mockResolvedValueOnce('up');
    const { check } = controlledCheck({ run });
    expect(await check.run()).toEqual(failed(refused));
    expect(await check.run()).toBe('up');
  });
});

describe('a synchronous run', () => {
  it.each([
    ['a value', () => 'up'],
    // oxlint-disable-next-line unicorn/no-thenable -- Terminus's attempt() returns one
    ['a thenable', () => ({ then: (done: (result: string) => void) => done('up') })],
  ])('may return %s', async (_, run) => {
    const { check } = controlledCheck({ run: run as () => string });
    expect(await check.run()).toBe('up');
  });
});
