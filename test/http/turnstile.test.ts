import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turnstile } from '../../lib/http/turnstile.js';

it('lets everybody through in order, and the event loop turn in between', async () => {
  const turnstile = new Turnstile();
  const through: number[] = [];
  for (let n = 0; n < 100; n++) turnstile.enter(() => through.push(n));
  expect(through).toEqual([]);

  const seen: number[] = [];
  while (through.length < 100) {
    await turnOfTheLoop();
    seen.push(through.length);
  }
  expect(through).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(seen.length).toBeGreaterThan(4);
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
