import { beforeEach, expect, it } from 'vitest';
import { bareReport, type ProbeReport } from '../../lib/probes/probe-report.js';
import { SharedReports } from '../../lib/probes/shared-reports.js';

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
