import { describe, expect, it } from 'vitest';
import { pass, useFakeClock } from '../checks/fake-clock.js';
import { customCheck } from '../../lib/indicators/custom/custom-checks.js';

useFakeClock();

const LIMITS = { timeoutMs: 1_000, freshMs: 250 };
const LATE = { status: 'down', message: 'no answer within 1000 ms.' };

/** A check whose runs settle only when the test settles them. */
function inHand() {
  const runs: { signal: AbortSignal; settle: (result?: unknown) => void }[] = [];
  const check = customCheck(
    ({ signal }) => new Promise((resolve) => runs.push({ signal, settle: resolve })),
    LIMITS,
  );
  return { check, runs };
}

describe('a check that a user writes', () => {
  it('gets a signal that aborts at the deadline, and not before', async () => {
    const { check, runs } = inHand();
    const outcome = check.run();
    await pass(999);
    expect(runs[0]?.signal.aborted).toBe(false);
    await pass(1);
    expect(runs[0]?.signal.aborted).toBe(true);
    runs[0]?.settle(true);
    // Within the grace its own outcome counts.
    expect(await outcome).toMatchObject({ status: 'up' });
  });

  it('has one run at a time, also past the deadline', async () => {
    const { check, runs } = inHand();
    for (let n = 0; n < 3; n++) {
      const outcome = check.run();
      await pass(1_050);
      expect(await outcome).toMatchObject(LATE);
      await pass(250);
    }
    expect(runs).toHaveLength(1);
    runs[0]?.settle();
    await pass(0);
    const outcome = check.run();
    expect(runs).toHaveLength(2);
    runs[1]?.settle(false);
    expect(await outcome).toMatchObject({ status: 'down', message: 'check failed.' });
  });

  it('shares its outcome for freshMs', async () => {
    const { check, runs } = inHand();
    const first = check.run();
    runs[0]?.settle();
    const outcome = await first;
    await pass(249);
    expect(await check.run()).toBe(outcome);
    await pass(1);
    void check.run();
    expect(runs).toHaveLength(2);
    runs[1]?.settle();
    await pass(0);
  });

  it('reports each part of its last result as down when it times out', async () => {
    const { check, runs } = inHand();
    const first = check.run();
    const up = { status: 'up' };
    runs[0]?.settle({ api: up, queue: up });
    expect(await first).toMatchObject({ status: 'up', parts: { api: up, queue: up } });
    await pass(250);
    const second = check.run();
    await pass(1_050);
    expect(await second).toMatchObject({ ...LATE, parts: { api: LATE, queue: LATE } });
    runs[1]?.settle();
  });
});
