import { describe, expect, it } from 'vitest';
import { bareReport } from '../../lib/probes/probe-report.js';
import { SharedReports } from '../../lib/probes/shared-reports.js';
import { pass, useFakeClock } from '../checks/fake-clock.js';

const FRESH_MS = 250;

/** A probe whose report takes so long, with a result that is so much older than the report itself. */
function aProbe({ takesMs = 10, agedMs = 0 } = {}) {
  const reports = new SharedReports();
  let asked = 0;
  const make = async () => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, takesMs));
    const report = { ...bareReport('readiness', 'started') };
    return { report, oldestAt: performance.now() - agedMs };
  };
  return {
    join: (key = 'readiness', freshMs = FRESH_MS) => reports.join(key, freshMs, make),
    clear: () => reports.clear(),
    asked: () => asked,
  };
}

describe('a report is shared', () => {
  useFakeClock();

  it('with all who ask while it is made, and with those who come just after', async () => {
    const probe = aProbe();
    const first = probe.join();
    await pass(5);
    const second = probe.join();
    await pass(5);
    expect(await second).toBe(await first);
    await pass(FRESH_MS - 1);
    expect(probe.join()).toBe(await first);
    expect(probe.asked()).toBe(1);
  });

  it('no longer than its oldest result is fresh', async () => {
    const probe = aProbe({ agedMs: 200 });
    void probe.join();
    await pass(10);
    await pass(49);
    void probe.join();
    expect(probe.asked()).toBe(1);
    await pass(1);
    void probe.join();
    expect(probe.asked()).toBe(2);
    await pass(10);
  });

  it('with nobody who comes long after it was begun, though it hangs', async () => {
    const probe = aProbe({ takesMs: 3_000 });
    void probe.join();
    await pass(FRESH_MS);
    void probe.join();
    expect(probe.asked()).toBe(2);
    await pass(3_000);
  });

  it('with nobody at all when nothing is to be shared', async () => {
    const probe = aProbe();
    void probe.join('readiness', 0);
    void probe.join('readiness', 0);
    expect(probe.asked()).toBe(2);
    await pass(10);
  });

  it('with those only who ask for the same', async () => {
    const probe = aProbe();
    void probe.join('readiness status');
    void probe.join('readiness full');
    expect(probe.asked()).toBe(2);
    await pass(10);
  });

  it('not once it was cleared', async () => {
    const probe = aProbe();
    void probe.join();
    await pass(10);
    probe.clear();
    void probe.join();
    expect(probe.asked()).toBe(2);
    await pass(10);
  });
});
