import { HealthModule, ProbeService } from 'nestjs-healthz';
import type { Apps, RunningApp } from '../support/serve.js';
import { startNest } from './nest.js';

/** A provider with seven fields, as services of an app have. */
class Service {
  readonly options = { host: 'a', port: 1 };
  readonly cache = new Map([['key', {}]]);
  readonly list = [1, {}, 'text'];
  readonly name = 'service';
  readonly startedAt = new Date();
  readonly log = () => {};
  readonly nested = { deep: { deeper: {} } };
}

// Long enough for two searches in the background.
const WATCH_MS = 12_000;
const PROBE_EVERY_MS = 5;
// The first probes of a process run code that is not compiled yet: they take 3 ms in an app of any size.
const WARM_UP_PROBES = 500;

async function start(count: number): Promise<RunningApp> {
  const { app, port } = await startNest('Express', {
    imports: [HealthModule.forRoot({ freshMs: 0 })],
    providers: Array.from({ length: count }, (_, n) => ({
      provide: `service${n}`,
      useValue: new Service(),
    })),
  });
  const probes = app.get(ProbeService, { strict: false });
  return { port, answers: { watch: () => watch(() => probes.check('readiness')) } };
}

/** Milliseconds of CPU time: on a busy machine the clock counts what others do. */
async function watch(probe: () => Promise<unknown>) {
  const probesMs: number[] = [];
  let longestTurnMs = 0;
  for (let probes = 0; probes < WARM_UP_PROBES; probes++) await probe();
  let before = process.cpuUsage();
  const end = performance.now() + WATCH_MS;
  while (performance.now() < end) {
    // From when the probe is due: a slice of a search that delays it counts.
    const due = performance.now() + PROBE_EVERY_MS;
    await new Promise((resolve) => void setTimeout(resolve, PROBE_EVERY_MS));
    await probe();
    probesMs.push(performance.now() - due);
    const { user, system } = process.cpuUsage(before);
    longestTurnMs = Math.max(longestTurnMs, (user + system) / 1000);
    before = process.cpuUsage();
  }
  const sorted = probesMs.toSorted((a, b) => a - b);
  return {
    medianMs: sorted[Math.floor(sorted.length / 2)],
    slowMs: sorted[Math.floor(sorted.length * 0.995)],
    slowestMs: sorted.at(-1),
    longestTurnMs,
  };
}

export const apps: Apps = {
  '100': () => start(100),
  '1000': () => start(1_000),
  '10000': () => start(10_000),
};
