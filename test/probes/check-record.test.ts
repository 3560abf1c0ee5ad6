import { expect, it } from 'vitest';
import { CheckRecord } from '../../lib/probes/check-record.js';

it('CheckRecord measures an outage from the start of the first failed run', () => {
  const record = new CheckRecord('readiness', 'billing');
  const run = (status: 'up' | 'down', at: number, tookMs: number) =>
    record.add({ status, at, tookMs, freshUntil: at });
  run('up', 1_000, 5);
  run('down', 8_000, 3_000);
  expect(run('up', 9_000, 5)?.change?.outageMs).toBe(4_000);
});
