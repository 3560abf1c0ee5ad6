import { expect, it } from 'vitest';
import { jointMeasurement, type Measurement } from '../../lib/checks/outcome.js';
import { pass, useFakeClock } from './fake-clock.js';
import { checkInHand, GRACE_MS, TIMEOUT_MS } from './runs.js';

useFakeClock();

/** A check that notes how its results were measured. */
function measuredCheck() {
  const measurements: Measurement[] = [];
  const hands = checkInHand({
    freshMs: 250,
    measured(result, measurement) {
      measurements.push(measurement);
      return result;
    },
  });
  return { ...hands, measurements };
}

const outcome = (at: number, tookMs: number) => ({
  status: 'up' as const,
  measured: { at, tookMs },
});

it('measures a result once, however many share it', async () => {
  const { check, runs, measurements } = measuredCheck();
  const startedAt = performance.now();
  const answers = [check.ask(), check.ask()];
  await pass(40);
  runs[0]?.resolve('up');
  await Promise.all(answers);
  await pass(100);
  await check.ask();
  expect(measurements).toEqual([{ at: startedAt + 40, tookMs: 40 }]);
});

it('measures an answer that never came up to its deadline', async () => {
  const { check, measurements } = measuredCheck();
  const answer = check.ask();
  await pass(TIMEOUT_MS + GRACE_MS);
  await answer;
  expect(measurements.map(({ tookMs }) => tookMs)).toEqual([TIMEOUT_MS + GRACE_MS]);
});

it('takes the last and the longest of several', () => {
  expect(jointMeasurement([outcome(5, 2), outcome(3, 8)])).toEqual({ at: 5, tookMs: 8 });
  expect(jointMeasurement([{ status: 'up' }])).toBeUndefined();
});
