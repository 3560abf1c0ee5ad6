import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TimeSlicedQueue } from '../../lib/http/time-sliced-queue.js';

const rethrow = (error: unknown) => {
  throw error;
};

it('TimeSlicedQueue runs tasks in order, and yields to the event loop between slices', async () => {
  const queue = new TimeSlicedQueue();
  const finished: number[] = [];
  const runSlowly = (n: number) => {
    for (const until = performance.now() + 1; performance.now() < until;);
    finished.push(n);
  };
  for (let n = 0; n < 20; n++) queue.push(() => runSlowly(n), rethrow);
  expect(finished).toEqual([]);

  let turns = 0;
  while (finished.length < 20) {
    await turnOfTheLoop();
    turns += 1;
  }
  expect(finished).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(turns).toBeGreaterThan(4);
});

it('TimeSlicedQueue runs tasks that are pushed later', async () => {
  const queue = new TimeSlicedQueue();
  const finished: number[] = [];
  for (let n = 0; n < 3; n++) {
    queue.push(() => finished.push(n), rethrow);
    await turnOfTheLoop();
    await turnOfTheLoop();
    expect(finished).toHaveLength(n + 1);
  }
});

it('reports the error of a task, and runs the next', async () => {
  const queue = new TimeSlicedQueue();
  const errors: unknown[] = [];
  let hasRun = false;
  queue.push(
    () => rethrow('broken'),
    (error) => errors.push(error),
  );
  queue.push(() => (hasRun = true), rethrow);
  await turnOfTheLoop();
  await turnOfTheLoop();
  expect(errors).toEqual(['broken']);
  expect(hasRun).toBe(true);
});
