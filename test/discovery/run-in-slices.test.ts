import { expect, it, vi } from 'vitest';
import { useFakeClock } from '../checks/fake-clock.js';
import { now } from '../../lib/checks/clock.js';
import { type Ended, runInSlices } from '../../lib/discovery/run-in-slices.js';

useFakeClock();

/** Work of `steps` steps, each of which takes half a millisecond. */
function* work(steps: number, onStep: () => void = () => {}): Generator<undefined, string> {
  for (let n = 0; n < steps; n++) {
    vi.advanceTimersByTime(0.5);
    onStep();
    yield;
  }
  return 'done';
}

/** Runs the generator, and returns how it ended and whether it did at once. */
async function run(generator: Generator<undefined, string>, firstMs?: number) {
  const ended: Ended<string>[] = [];
  runInSlices(generator, (result) => ended.push(result), firstMs);
  const atOnce = ended.length === 1;
  for (let n = 0; n < 1_000 && !ended.length; n++) await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveLength(1);
  return { ended: ended[0], atOnce };
}

it('ends short work at once', async () => {
  expect(await run(work(1))).toEqual({ ended: { value: 'done' }, atOnce: true });
});

it('runs long work for a millisecond at a time', async () => {
  const steps: number[] = [];
  const { ended, atOnce } = await run(work(20, () => steps.push(now())));
  expect({ ended, atOnce }).toEqual({ ended: { value: 'done' }, atOnce: false });
  const pauses = steps.slice(1).filter((at, n) => at - steps[n]! > 1);
  expect(pauses).toHaveLength(9);
});

it('may have a longer first slice', async () => {
  expect(await run(work(20), 20)).toEqual({ ended: { value: 'done' }, atOnce: true });
});

it('ends with the error that the work throws, at once or in a later slice', async () => {
  const error = new Error('a proxy');
  const failing = (at: number) => {
    let steps = 0;
    return work(20, () => {
      if (++steps === at) throw error;
    });
  };
  expect(await run(failing(1))).toEqual({ ended: { error }, atOnce: true });
  expect(await run(failing(9))).toEqual({ ended: { error }, atOnce: false });
});
