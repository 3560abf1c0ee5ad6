import { ProbeService } from 'nestjs-healthz';
import { beforeEach, describe, expect, it } from 'vitest';
import { bareReport, type ProbeReport } from '../../lib/probes/probe-report.js';
import { SharedReports } from '../../lib/probes/shared-reports.js';
import { probedApp } from '../support/probed-app.js';

let reports: SharedReports;
/** What the checks give at the moment. */
let given: unknown[];
let made: ((report: ProbeReport) => void)[];

beforeEach(() => {
  reports = new SharedReports();
  given = ['a run', 'a result'];
  made = [];
});

const join = (key = 'readiness') =>
  reports.join(
    key,
    () => given,
    () => new Promise((resolve) => made.push(resolve)),
  );
const aReport = () => ({ ...bareReport('readiness', 'started') });

it('is shared while it is made, and at once when it is', async () => {
  const first = join();
  expect(join()).toBe(first);
  const report = aReport();
  made[0]?.(report);
  expect(await first).toBe(report);
  expect(join()).toBe(report);
  expect(made.length).toBe(1);
});

it.each([
  ['a check has another result', ['a run', 'another result']],
  ['a check would be asked anew', ['a run', undefined]],
  ['a check has come', ['a run', 'a result', 'another']],
  ['a check has gone', ['a run']],
])('is not, made or not, when %s', async (_, now) => {
  const first = join();
  given = now;
  expect(join()).not.toBe(first);
  given = ['a run', 'a result'];
  made[0]?.(aReport());
  await first;
  expect(join()).toBeInstanceOf(Promise);
  expect(made.length).toBe(3);
});

it('is not when a check keeps no result', () => {
  given = ['a result', undefined];
  join();
  join();
  expect(made.length).toBe(2);
});

it('is for one probe, and for those who are told as much', () => {
  join('readiness status');
  join('readiness full');
  expect(made.length).toBe(2);
});

it('is for as many kinds of askers as can be kept', () => {
  for (let n = 0; n < 33; n++) join(`readiness without ${n}`);
  join('readiness without 32');
  expect(made.length).toBe(33);
  join('readiness without 0');
  expect(made.length).toBe(34);
});

const check = (name: string) => async () => ({ [name]: { status: 'up' as const } });
const names = ({ checks }: ProbeReport) => checks.map(({ name }) => name);

async function serviceOfTwo(): Promise<ProbeService> {
  const readiness = { checks: [check('a'), check('b')] };
  const { app } = await probedApp({}, { freshMs: 60_000, readiness });
  return app.get(ProbeService, { strict: false });
}

describe('one that leaves something out', () => {
  it('is shared with whoever leaves out the same, in whatever order, and names what there is not', async () => {
    const service = await serviceOfTwo();
    await service.check('readiness');
    const without = async (...exclude: string[]) =>
      service.report('readiness', 'status', { exclude });

    const first = await without('a', 'x');
    expect(names(first)).toEqual(['b']);
    expect(first.unknown).toEqual(['x']);
    const second = await without('y', 'a');
    expect(second.checks).toBe(first.checks);
    expect(second.unknown).toEqual(['y']);
    expect((await without('x')).checks).toBe((await service.report('readiness', 'status')).checks);
    expect(names(await without('b'))).toEqual(['a']);
    expect((await without('b', 'a')).checks).toEqual([]);
  });

  it('knows a name that only asking tells', async () => {
    const service = await serviceOfTwo();
    const report = await service.report('readiness', 'status', { exclude: ['a', 'x'] });
    expect(names(report)).toEqual(['b']);
    expect(report.unknown).toEqual(['x']);
  });
});
