import { ConsoleLogger } from '@nestjs/common';
import Memcached from 'memcached';
import { type CheckChange, ProbeService } from 'nestjs-healthz';
import { filter, map } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HealthModule } from 'nestjs-healthz';
import { ADAPTERS, startApp } from '../support/app.js';
import { probedApp } from '../support/probed-app.js';
import { fetchText } from '../support/request.js';

// Vitest fails a run with an uncaught error.

class ThrowingLogger extends ConsoleLogger {
  override log = this.fail;
  override warn = this.fail;
  override error = this.fail;

  private fail(_message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) === 'HealthModule') throw new Error('the disk is full');
  }
}

describe.each(ADAPTERS)('a logger that throws, on %s', (_, createAdapter) => {
  it('makes neither a probe nor start-up nor app.close() fail', async () => {
    let isUp = true;
    const { app, port } = await startApp(
      {
        imports: [
          HealthModule.forRoot({
            freshMs: 0,
            drainMs: 1,
            readiness: { checks: { billing: () => isUp } },
            liveness: { checks: { heap: () => true } },
          }),
        ],
      },
      createAdapter,
      { logger: new ThrowingLogger() },
    );
    expect(await fetchText(port, '/readiness')).toBe('200 OK');
    isUp = false;
    expect(await fetchText(port, '/readiness')).toBe('503 billing: check failed.');
    isUp = true;
    expect(await fetchText(port, '/readiness')).toBe('200 OK');
    await expect(app.close()).resolves.toBeUndefined();
  });
});

const fail = () => {
  throw new Error('no pager');
};

async function startWithChecks(checks: Record<string, () => boolean>) {
  const probed = await probedApp({}, { readiness: { checks } });
  return { app: probed.app, logger: probed.logger, fetchReadiness: () => probed.fetchReadiness() };
}

describe('a subscriber of changes$ that throws', () => {
  it.each<[string, (service: ProbeService) => void]>([
    ['its observer', ({ changes$ }) => void changes$.subscribe({ next: fail })],
    ['its function', ({ changes$ }) => void changes$.subscribe(fail)],
    ['behind pipe()', ({ changes$ }) => void changes$.pipe(filter(() => true)).subscribe(fail)],
    ['an operator', ({ changes$ }) => void changes$.pipe(map(fail)).subscribe()],
  ])('is logged, and does not affect other subscribers: %s', async (_, subscribe) => {
    let isUp = true;
    const { app, logger, fetchReadiness } = await startWithChecks({ billing: () => isUp });
    const service = app.get(ProbeService);
    const before: CheckChange[] = [];
    const after: CheckChange[] = [];
    service.changes$.subscribe((change) => before.push(change));
    subscribe(service);
    service.changes$.subscribe((change) => after.push(change));
    expect(await fetchReadiness()).toBe('200 OK');
    isUp = false;
    expect(await fetchReadiness()).toBe('503 billing: check failed.');
    // rxjs throws an unhandled error from a timer.
    await new Promise((resolve) => void setTimeout(resolve, 20));
    expect(before.map(({ to }) => to)).toEqual(['up', 'down']);
    expect(after.map(({ to }) => to)).toEqual(['up', 'down']);
    expect(logger.ofHealthModule).toContain(
      'error a subscriber of ProbeService.changes$ threw: no pager',
    );
  });
});

it('a failure that HealthModule detected is logged without a stack', async () => {
  const client = new Memcached('127.0.0.1:1');
  onTestFinished(() => client.end());
  const app = await probedApp({ providers: [{ provide: 'SESSIONS', useValue: client }] });
  expect(await app.fetchReadiness()).toBe('503 cache.SESSIONS: cannot connect to cache.');
  const line = app.logger.lines.find(({ message }) => message.includes('cannot connect'));
  expect(line?.message).toBe(
    'cache.SESSIONS: cannot connect to cache. 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
  );
});
