import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { checkInHand, failed, GRACE_MS, late, TIMEOUT_MS, watch } from './runs.js';

useFakeClock();

describe('the deadline', () => {
  it('aborts the signal when it comes, and not before', async () => {
    const { check, runs } = checkInHand();
    const answer = check.run();
    await pass(TIMEOUT_MS - 1);
    expect(runs[0]?.signal.aborted).toBe(false);
    await pass(1);
    expect(runs[0]?.signal.aborted).toBe(true);
    runs[0]?.reject(new Error('socket destroyed'));
    expect(await answer).toEqual(late(TIMEOUT_MS));
  });

  it('does not abort the signal of a run that was in time', async () => {
    const { check, runs } = checkInHand();
    const answer = check.run();
    await pass(TIMEOUT_MS - 1);
    runs[0]?.resolve('up');
    await answer;
    await pass(10 * TIMEOUT_MS);
    expect(runs[0]?.signal.aborted).toBe(false);
  });

  it('lets an aborted run say why, within the grace', async () => {
    const { check, runs } = checkInHand();
    const answer = check.run();
    await pass(TIMEOUT_MS + GRACE_MS - 1);
    runs[0]?.resolve('the pool is busy');
    expect(await answer).toBe('the pool is busy');
  });

  it('answers at the end of the grace when the run says nothing', async () => {
    const { check, runs } = checkInHand();
    const answer = watch(check.run());
    await pass(TIMEOUT_MS + GRACE_MS - 1);
    expect(answer.settled).toBe(false);
    await pass(1);
    expect(answer.settled).toBe(true);
    expect(await answer.promise).toEqual(late(TIMEOUT_MS));
    runs[0]?.resolve('up');
  });
});

describe('a run that outlives its deadline', () => {
  it('stays the only one: each asker waits for it up to the deadline', async () => {
    const { check, runs } = checkInHand();
    for (let n = 0; n < 5; n++) {
      const answer = watch(check.run());
      await pass(TIMEOUT_MS - 1);
      expect(answer.settled).toBe(false);
      await pass(1 + GRACE_MS);
      expect(answer.settled).toBe(true);
      expect(await answer.promise).toEqual(late(TIMEOUT_MS));
      expect(vi.getTimerCount()).toBe(0);
    }
    expect(runs).toHaveLength(1);
  });

  it('says nothing when it settles at last, since what it saw is long past', async () => {
    const { check, runs } = checkInHand();
    void check.run();
    await pass(10 * TIMEOUT_MS);
    const answer = check.run();
    runs[0]?.resolve('up');
    expect(await answer).toEqual(late(TIMEOUT_MS));
  });

  it.each([
    ['resolved', (run?: { resolve(result: string): void }) => run?.resolve('up')],
    ['rejected', (run?: { reject(reason: Error): void }) => run?.reject(new Error('reset'))],
  ])('makes room for a new one once it has %s', async (_, settle) => {
    const { check, runs } = checkInHand();
    const first = check.run();
    await pass(10 * TIMEOUT_MS);
    expect(await first).toEqual(late(TIMEOUT_MS));
    settle(runs[0]);
    await pass(0);

    const next = check.run();
    expect(runs).toHaveLength(2);
    expect(runs[1]?.signal.aborted).toBe(false);
    runs[1]?.resolve('up');
    expect(await next).toBe('up');
  });

  it('is not joined by those who share its result', async () => {
    const { check, runs } = checkInHand({ freshMs: 250 });
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
  ])('is an answer when it %s', async (_, run, error) => {
    const { check } = checkInHand({ run });
    expect(await check.run()).toEqual(failed(error));
  });

  it('is followed by a new run', async () => {
    const run = vi.fn<() => Promise<string>>();
    run.mockRejectedValueOnce(refused).mockResolvedValueOnce('up');
    const { check } = checkInHand({ run });
    expect(await check.run()).toEqual(failed(refused));
    expect(await check.run()).toBe('up');
  });
});

describe('a run that needs no time', () => {
  it.each([
    ['a value', () => 'up'],
    // oxlint-disable-next-line unicorn/no-thenable -- an attempt of Terminus's is one
    ['a thenable', () => ({ then: (done: (result: string) => void) => done('up') })],
  ])('may return %s', async (_, run) => {
    const { check } = checkInHand({ run: run as () => string });
    expect(await check.run()).toBe('up');
  });
});
