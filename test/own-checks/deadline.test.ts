import { describe, expect, it } from 'vitest';
import { forced } from '../../lib/checks/forced.js';
import { functionCheck, indicatorCheck } from '../../lib/probes/user-check.js';
import { pass, useFakeClock } from '../checks/fake-clock.js';

useFakeClock();

const LIMITS = { timeoutMs: 1_000, freshMs: 250 };
const LATE = { status: 'down', message: 'no answer within 1000 ms.', measured: expect.any(Object) };
const UP = { status: 'up', data: {}, measured: expect.any(Object) };

// When, and how long it took, is for other tests.
const measured = expect.any(Object);

/** An indicator whose checks settle only when the test says so. */
function inHand(optional?: boolean) {
  const runs: { signal: AbortSignal; settle: (result?: unknown) => void }[] = [];
  const instance = {
    check: (signal: AbortSignal) =>
      new Promise<never>((resolve) => {
        runs.push({ signal, settle: (result) => resolve(result as never) });
      }),
  };
  return { check: indicatorCheck({ instance, options: { name: 'mail', optional } }, LIMITS), runs };
}

describe('an indicator', () => {
  it('gets a signal that aborts at the deadline, and not before', async () => {
    const { check, runs } = inHand();
    const answer = check.ask();
    await pass(999);
    expect(runs[0]?.signal.aborted).toBe(false);
    await pass(1);
    expect(runs[0]?.signal.aborted).toBe(true);
    runs[0]?.settle(true);
    // In time for a verdict of its own.
    expect(await answer).toEqual({ mail: { status: 'up', measured } });
  });

  it('that does not settle is the only one, until it does', async () => {
    const { check, runs } = inHand();
    for (let n = 0; n < 3; n++) {
      const answer = check.ask();
      await pass(1_050);
      expect(await answer).toEqual({ mail: LATE });
      await pass(250);
    }
    expect(runs).toHaveLength(1);
    runs[0]?.settle();
    await pass(0);
    const answer = check.ask();
    expect(runs).toHaveLength(2);
    runs[1]?.settle(false);
    expect(await answer).toEqual({ mail: { status: 'down', message: 'check failed.', measured } });
  });

  it('shares its result for freshMs', async () => {
    const { check, runs } = inHand();
    const first = check.ask();
    runs[0]?.settle();
    await first;
    await pass(249);
    expect(await check.ask()).toEqual({ mail: { status: 'up', measured } });
    await pass(1);
    void check.ask();
    expect(runs).toHaveLength(2);
    runs[1]?.settle();
    await pass(0);
  });

  it('that is optional is degraded with every reason to be down', async () => {
    const { check, runs } = inHand(true);
    const late = check.ask();
    await pass(1_050);
    expect(await late).toEqual({ mail: { ...LATE, status: 'degraded' } });
    forced.set(check.subject, { status: 'down', message: 'forced' });
    expect(await check.ask()).toEqual({ mail: { status: 'degraded', message: 'forced' } });
    runs[0]?.settle();
  });
});

const answering = (result: object, optional: string[] = []) =>
  functionCheck(() => result as never, 'readiness.checks[0]', optional, LIMITS);

const billing = () => ({ api: { status: 'up' as const }, queue: { status: 'up' as const } });

describe('a function', () => {
  it('is known by its position, by its name, and by what it has said', async () => {
    expect(answering({}).names()).toEqual(['readiness.checks[0]']);
    const check = functionCheck(billing, 'readiness.checks[1]', [], LIMITS);
    expect(check.names()).toEqual(['billing']);
    expect(await check.ask()).toEqual({ api: UP, queue: UP });
    expect(check.names()).toEqual(['api', 'queue']);
    expect(check.name).toBe('readiness.checks[1]');
  });

  it('is optional by each of the names it reports', async () => {
    const down = { status: 'down' };
    const findings = await answering({ api: down, queue: down }, ['queue']).ask();
    expect(findings).toMatchObject({ api: { status: 'down' }, queue: { status: 'degraded' } });
  });
});
