import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turnstile } from '../../lib/http/turnstile.js';

it('lets everybody through in order, and the event loop turn in between', async () => {
  const turnstile = new Turnstile();
  const through: number[] = [];
  const passSlowly = (n: number) => {
    for (const until = performance.now() + 1; performance.now() < until;);
    through.push(n);
  };
  for (let n = 0; n < 20; n++) turnstile.enter(() => passSlowly(n));
  expect(through).toEqual([]);

  let turns = 0;
  while (through.length < 20) {
    await turnOfTheLoop();
    turns += 1;
  }
  expect(through).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(turns).toBeGreaterThan(4);
});

it('opens again for who comes later', async () => {
  const turnstile = new Turnstile();
  let through = 0;
  for (let n = 0; n < 3; n++) {
    await new Promise<void>((resolve) => turnstile.enter(resolve));
    through += 1;
  }
  expect(through).toBe(3);
});
