import { expect, it } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { checkInHand, GRACE_MS, TIMEOUT_MS } from './runs.js';
import { combinedTimes } from '../../lib/checks/outcome.js';

useFakeClock();

it('measures a result once, however many share it', async () => {
  const { check, runs, outcomes } = checkInHand({ freshMs: 250 });
  const startedAt = performance.now();
  const answers = [check.run(), check.run()];
  await pass(40);
  runs[0]?.resolve('up');
  await Promise.all(answers);
  await pass(100);
  await check.run();
  expect(outcomes).toEqual([
    { status: 'up', message: 'up', at: startedAt + 40, tookMs: 40, freshUntil: startedAt + 290 },
  ]);
});

it('measures an answer that never came up to its deadline', async () => {
  const { check, outcomes } = checkInHand();
  const answer = check.run();
  await pass(TIMEOUT_MS + GRACE_MS);
  await answer;
  expect(outcomes.map(({ tookMs }) => tookMs)).toEqual([TIMEOUT_MS + GRACE_MS]);
});

it('combines outcomes: as late as the last, as long as the longest, fresh while all are', () => {
  const times = [
    { at: 5, tookMs: 2, freshUntil: 9 },
    { at: 3, tookMs: 8, freshUntil: 7 },
  ];
  expect(combinedTimes(times)).toEqual({ at: 5, tookMs: 8, freshUntil: 7 });
});
