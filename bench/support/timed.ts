import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { summarize } from './statistics.js';

/** For the answers of a server under test: how long its calls take, without HTTP. */
export const timed = (calls: Readonly<Record<string, () => unknown>>) => ({
  time: ({ name, forMs }: { name: string; forMs: number }) => timeOf(calls[name], forMs),
});

/** Microseconds of one call, the median of those that fit into `forMs`, one after the other. */
async function timeOf(call: (() => unknown) | undefined, forMs: number): Promise<number> {
  const times: number[] = [];
  for (const end = performance.now() + forMs; performance.now() < end;) {
    const from = performance.now();
    await call?.();
    times.push((performance.now() - from) * 1000);
    await turnOfTheLoop();
  }
  return summarize(times).median;
}
