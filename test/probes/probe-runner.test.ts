import { HealthIndicatorService } from '@nestjs/terminus';
import { beforeEach, describe, expect, it } from 'vitest';
import { pass, useFakeClock } from '../checks/fake-clock.js';
import { Check } from '../../lib/checks/check.js';
import type { Outcome, ProbeCheck } from '../../lib/checks/outcome.js';
import type { Phase } from '../../lib/lifecycle/app-lifecycle.js';
import { ProbeRecords } from '../../lib/probes/probe-records.js';
import type { ProbeReport } from '../../lib/probes/probe-report.js';
import { ProbeRunner } from '../../lib/probes/probe-runner.js';

useFakeClock();

const FRESH_MS = 250;

let checks: readonly ProbeCheck[];
let searches: number;
let runs: Record<string, ((outcome?: Outcome) => void)[]>;
let lifecycle: { phase: Phase };
let runner: ProbeRunner;

/** A check whose runs end when the test calls `runs[name][n]`. */
function checkOf(name: string, owner = name): ProbeCheck {
  runs[name] = [];
  const check = new Check({
    run: () =>
      new Promise<Outcome>((resolve) => {
        runs[name]!.push((outcome = { status: 'up' }) => resolve(outcome));
      }),
    failureMessage: 'failed.',
    timeoutMs: 1_000,
    freshMs: FRESH_MS,
  });
  return { name, owner, optional: false, timeoutMs: 1_000, check };
}

beforeEach(() => {
  runs = {};
  searches = 0;
  checks = [checkOf('a'), checkOf('db.b.primary', 'db.b'), checkOf('db.b.replica-1', 'db.b')];
  lifecycle = { phase: 'started' };
  const source = { of: () => (++searches, checks) };
  const record = new ProbeRecords().of('readiness');
  runner = new ProbeRunner('readiness', record, source, lifecycle, new HealthIndicatorService());
});

const end = async (name: string, outcome?: Outcome) => {
  runs[name]!.at(-1)!(outcome);
  await pass(0);
};
const endAll = async () => {
  for (const name of Object.keys(runs)) await end(name);
};
const counts = () => Object.values(runs).map(({ length }) => length);
const namesIn = ({ checks: reported }: ProbeReport) => reported.map(({ name }) => name);

describe('the report of a whole probe', () => {
  it('comes from one run for all requests that arrive during the run', async () => {
    const first = runner.report('status');
    expect(runner.report('status')).toBe(first);
    await endAll();
    expect(await first).toMatchObject({ status: 'ok' });
    expect(counts()).toEqual([1, 1, 1]);
  });

  it('is returned at once until the first of its results expires', async () => {
    const first = runner.report('status');
    await endAll();
    const report = await first;
    await pass(FRESH_MS - 1);
    expect(runner.report('status')).toBe(report);
    await pass(1);
    expect(runner.report('status')).toBeInstanceOf(Promise);
    expect(counts()).toEqual([2, 2, 2]);
    await endAll();
  });

  it('comes from a new run when a check was added or removed, during a run or while fresh', async () => {
    const first = runner.report('status');
    checks = [...checks, checkOf('c')];
    const second = runner.report('status');
    expect(second).not.toBe(first);
    await endAll();
    expect(namesIn(await second)).toContain('c');
    checks = checks.slice(1);
    const third = await runner.report('status');
    expect(namesIn(third)).not.toContain('a');
  });

  it('is made separately for each level of detail', async () => {
    const status = runner.report('status');
    expect(runner.report('full')).not.toBe(status);
    await endAll();
  });

  it('has an outcome that was overridden during the run', async () => {
    const first = runner.report('status');
    checks[0]!.check.override = { status: 'down', message: 'forced.' };
    runner.clearCache();
    await endAll();
    expect(await first).toMatchObject({ status: 'error' });
    expect(await runner.report('status')).toMatchObject({ status: 'error' });
    await pass(FRESH_MS);
    const later = runner.report('status');
    await endAll();
    expect(await later).toMatchObject({ status: 'error' });
  });
});

describe('the report of a selection', () => {
  it('comes from one run for concurrent requests of the same selection', async () => {
    const first = runner.report('status', { only: 'a' });
    expect(runner.report('status', { only: 'a' })).toBe(first);
    expect(runner.report('status', { only: 'db.b' })).not.toBe(first);
    await endAll();
    expect(namesIn(await first)).toEqual(['a']);
  });

  it('runs only the checks that it selects, by their name or that of their resource', async () => {
    const one = runner.report('status', { only: 'db.b.replica-1' });
    expect(counts()).toEqual([0, 0, 1]);
    const without = runner.report('status', { exclude: ['db.b', 'unknown'] });
    expect(counts()).toEqual([1, 0, 1]);
    await end('a');
    await end('db.b.replica-1');
    expect(namesIn(await one)).toEqual(['db.b.replica-1']);
    expect(namesIn(await without)).toEqual(['a']);
    expect((await without).unknown).toEqual(['unknown']);
  });

  it('selects single parts of a check', async () => {
    const parts = { x: { status: 'up' }, y: { status: 'up' } } as const;
    const first = runner.report('status', { only: 'a' });
    await end('a', { status: 'up', parts });
    expect(namesIn(await first)).toEqual(['a.x', 'a.y']);
    expect(runner.named('a.x')).toHaveLength(1);
    expect(namesIn(await runner.report('status', { only: 'a.x' }))).toEqual(['a.x']);
    const without = runner.report('status', { exclude: ['a.x', 'db.b'] });
    expect(namesIn(await without)).toEqual(['a.y']);
  });
});

it('the app is not searched before it has started', () => {
  lifecycle.phase = 'starting';
  expect(runner.mayHave('anything')).toBe(true);
  expect(runner.report('status', { only: 'anything' })).toMatchObject({ phase: 'starting' });
  expect(searches).toBe(0);
  lifecycle.phase = 'started';
  expect(runner.mayHave('anything')).toBe(false);
});
