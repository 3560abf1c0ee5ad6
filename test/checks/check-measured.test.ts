import { expect, it } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { controlledCheck, GRACE_MS, TIMEOUT_MS } from './runs.js';
import { combinedTimes } from '../../lib/checks/outcome.js';

useFakeClock();

it('a check is measured once per run, however many callers share the result', async () => {
  const { check, runs, outcomes } = controlledCheck({ freshMs: 250 });
  const startedAt = performance.now();
  const results = [check.run(), check.run()];
  await pass(40);
  runs[0]?.resolve('up');
  await Promise.all(results);
  await pass(100);
  await check.run();
  expect(outcomes).toEqual([
    { status: 'up', message: 'up', at: startedAt + 40, tookMs: 40, freshUntil: startedAt + 290 },
  ]);
});

it('a check that times out is measured up to its deadline', async () => {
  const { check, outcomes } = controlledCheck();
  const result = check.run();
  await pass(TIMEOUT_MS + GRACE_MS);
  await result;
  expect(outcomes.map(({ tookMs }) => tookMs)).toEqual([TIMEOUT_MS + GRACE_MS]);
});

it('combinedTimes() returns the latest end, the longest duration and the earliest expiry', () => {
  const times = [
    { at: 5, tookMs: 2, freshUntil: 9 },
    { at: 3, tookMs: 8, freshUntil: 7 },
  ];
  expect(combinedTimes(times)).toEqual({ at: 5, tookMs: 8, freshUntil: 7 });
});
