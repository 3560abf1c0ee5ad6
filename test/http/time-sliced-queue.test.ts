import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TimeSlicedQueue } from '../../lib/http/time-sliced-queue.js';

it('runs everything in order, and lets the event loop turn in between', async () => {
  const queue = new TimeSlicedQueue();
  const through: number[] = [];
  const passSlowly = (n: number) => {
    for (const until = performance.now() + 1; performance.now() < until;);
    through.push(n);
  };
  for (let n = 0; n < 20; n++) queue.push(() => passSlowly(n));
  expect(through).toEqual([]);

  let turns = 0;
  while (through.length < 20) {
    await turnOfTheLoop();
    turns += 1;
  }
  expect(through).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(turns).toBeGreaterThan(4);
});

it('goes on with what comes later', async () => {
  const queue = new TimeSlicedQueue();
  let through = 0;
  for (let n = 0; n < 3; n++) {
    await new Promise<void>((resolve) => queue.push(resolve));
    through += 1;
  }
  expect(through).toBe(3);
});
