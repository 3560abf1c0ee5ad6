import {
  type CheckChange,
  HealthModule,
  type HealthModuleOptions,
  ProbeService,
} from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { until } from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { createGate } from '../support/gate.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { get, fetchText } from '../support/request.js';

type Status = CheckChange['to'];

/** A change as text, such as `billing: up → down`. */
const describeChange = ({ check, from, to }: CheckChange) =>
  `${check}: ${from ?? 'unknown'} → ${to}`;

describe.each(ADAPTERS)('changes of a check on %s', (_adapter, createAdapter) => {
  const start = async (options: HealthModuleOptions) => {
    const logger = new RecordingLogger();
    const { app, port } = await startApp(
      { imports: [HealthModule.forRoot({ freshMs: 0, ...options })] },
      createAdapter,
      { logger },
    );
    logger.lines.length = 0;
    return { app, port, logger, service: app.get(ProbeService) };
  };

  const startBilling = async (others?: HealthModuleOptions) => {
    const billing = { status: 'up' as Status, message: '10.0.0.7', host: '10.0.0.8' };
    const started = await start({
      readiness: { checks: { billing: () => ({ billing: { ...billing } }) } },
      ...others,
    });
    const probeAs = async (status: Status, times = 2) => {
      billing.status = status;
      for (let n = 0; n < times; n++) await get(started.port, '/readiness');
    };
    return { ...started, probeAs };
  };

  it('are emitted once each', async () => {
    const { service, probeAs } = await startBilling();
    const changes: CheckChange[] = [];
    service.changes$.subscribe((change) => changes.push(change));
    for (const status of ['up', 'degraded', 'down', 'up', 'down'] as const) await probeAs(status);
    expect(changes.map(describeChange)).toEqual([
      'billing: unknown → up',
      'billing: up → degraded',
      'billing: degraded → down',
      'billing: down → up',
      'billing: up → down',
    ]);
    expect(changes[2]).toEqual({
      probe: 'readiness',
      check: 'billing',
      from: 'degraded',
      to: 'down',
      since: expect.any(Date),
      result: { status: 'down', message: 'check failed.', responseTime: expect.any(Number) },
    });
  });

  it('are replayed to a new subscriber: the last one of each check', async () => {
    const { service, probeAs } = await startBilling({
      liveness: { checks: { disk: () => true } },
    });
    for (const status of ['up', 'down'] as const) await probeAs(status);
    await service.check('liveness');
    const before = new Date();
    const changes: CheckChange[] = [];
    service.changes$.subscribe((change) => changes.push(change));
    expect(changes.map(describeChange)).toEqual(['disk: unknown → up', 'billing: up → down']);
    expect(changes[1]?.since.getTime()).toBeLessThanOrEqual(before.getTime());
    await probeAs('up');
    expect(changes.slice(2).map(describeChange)).toEqual(['billing: down → up']);
  });

  it('contain as much as the details option allows', async () => {
    const { service, probeAs } = await startBilling({ details: 'full' });
    await probeAs('down');
    const changes: CheckChange[] = [];
    service.changes$.subscribe((change) => changes.push(change));
    expect(changes[0]?.result).toMatchObject({ message: 'check failed.', host: '10.0.0.8' });
  });

  it('complete when the app closes', async () => {
    const { app, service } = await startBilling();
    let completed = false;
    service.changes$.subscribe({ complete: () => (completed = true) });
    await app.close();
    expect(completed).toBe(true);
  });

  it('are logged, with the duration of the outage', async () => {
    const { logger, probeAs } = await startBilling();
    for (const status of ['up', 'degraded', 'down', 'up'] as const) await probeAs(status);
    expect(logger.ofHealthModule).toEqual([
      'warn billing: check failed. 10.0.0.7',
      'warn billing: check failed. 10.0.0.7',
      expect.stringMatching(/^log billing: recovered after \d+ s\.$/),
    ]);
  });

  it('of the reason alone are logged once per outage, and not emitted', async () => {
    let refused = false;
    const { port, logger, service } = await start({
      readiness: {
        checks: {
          billing() {
            if (refused) throw new Error('refused');
            return { api: {} } as never;
          },
        },
      },
    });
    const changes: CheckChange[] = [];
    service.changes$.subscribe((change) => changes.push(change));
    for (const each of [true, false, true, false]) {
      refused = !each;
      await get(port, '/readiness');
    }
    expect(logger.ofHealthModule).toEqual([
      'warn billing: invalid response.',
      'warn billing: check failed. refused',
    ]);
    expect(changes.map(describeChange)).toEqual(['billing: unknown → down']);
  });

  it('are neither emitted nor logged while the app drains', async () => {
    const gate = createGate();
    const { app, port, logger, service } = await start({
      drainMs: 200,
      readiness: {
        checks: {
          async billing() {
            await gate.opened;
            return false;
          },
        },
      },
    });
    const changes: CheckChange[] = [];
    service.changes$.subscribe((change) => changes.push(change));
    const underWay = fetchText(port, '/readiness');
    const closed = app.close();
    await until(
      'the app drains',
      async () => (await fetchText(port, '/readiness')) === '503 shutting down.',
    );
    gate.open();
    await expect(underWay).resolves.toBe('503 shutting down.');
    await closed;
    expect(changes).toEqual([]);
    expect(logger.ofHealthModule).toEqual(['log not ready, and open for 200 ms more: draining.']);
  });

  it('are kept with all other results in a history of the last 60', async () => {
    const { service, probeAs } = await startBilling();
    expect(service.history('billing')).toEqual([]);
    await probeAs('down', 1);
    await probeAs('up', 2);
    expect(service.history('billing')).toEqual([
      {
        status: 'down',
        message: 'check failed.',
        at: expect.any(Date),
        responseTime: expect.any(Number),
      },
      { status: 'up', at: expect.any(Date), responseTime: expect.any(Number) },
      { status: 'up', at: expect.any(Date), responseTime: expect.any(Number) },
    ]);
    await probeAs('up', 70);
    const history = service.history('billing');
    expect(history).toHaveLength(60);
    expect(new Set(history.map(({ status }) => status))).toEqual(new Set(['up']));
    expect(service.history('unknown')).toEqual([]);
    expect(service.history('billing', 'liveness')).toEqual([]);
  });

  it('count once a result that probes share', async () => {
    const { service, probeAs } = await startBilling({ freshMs: 60_000 });
    await probeAs('up', 5);
    expect(service.history('billing')).toHaveLength(1);
  });
});
