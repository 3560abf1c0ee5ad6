import { expect, it } from 'vitest';
import { now } from '../../lib/checks/clock.js';
import { CheckRecord } from '../../lib/probes/check-record.js';

it('CheckRecord measures an outage from the start of the first failed run', () => {
  const record = new CheckRecord('readiness', 'billing');
  const run = (status: 'up' | 'down', at: number, tookMs: number) =>
    record.add({ status, at, tookMs, freshUntil: at });
  run('up', 1_000, 5);
  run('down', 8_000, 3_000);
  expect(run('up', 9_000, 5)?.change?.outageMs).toBe(4_000);
});

it('dates a result by the end of its check, however late it is recorded', () => {
  const record = new CheckRecord('readiness', 'billing');
  const before = Date.now();
  const at = now() - 5_000;
  record.add({ status: 'up', at, tookMs: 1, freshUntil: at });
  const age = before - record.history[0]!.at.getTime();
  expect(age).toBeGreaterThan(4_000);
  expect(age).toBeLessThanOrEqual(5_001);
});
