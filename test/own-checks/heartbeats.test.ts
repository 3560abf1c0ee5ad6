import { Inject, Injectable } from '@nestjs/common';
import { HealthModule, HealthOptionsError, ProbeIndicator, ProbeService } from 'nestjs-healthz';
import { HealthTesting } from 'nestjs-healthz/testing';
import { describe, expect, it } from 'vitest';
import { until } from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { fetchText } from '../support/request.js';

const MISSED = 'no heartbeat within 300 ms.';

/** Holds the event loop up. */
function block(ms: number) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe.each(ADAPTERS)('a heartbeat on %s', (_, createAdapter) => {
  const start = async (metadata: object = {}) => {
    const { app, port } = await startApp(
      { ...metadata, imports: [HealthModule.forRoot({ freshMs: 0 })] },
      createAdapter,
    );
    const liveness = () => fetchText(port, '/healthz');
    const readiness = () => fetchText(port, '/readiness');
    return { app, liveness, readiness, service: app.get(ProbeService) };
  };

  it('is up until it is missed, and again with the next beat', async () => {
    const { liveness, readiness, service } = await start();
    const heartbeat = service.heartbeat('orders', { withinMs: 300, probe: 'liveness' });
    expect(await liveness()).toBe('200 OK');
    await until('it is missed', async () => (await liveness()) === `503 orders: ${MISSED}`);
    expect(await readiness()).toBe('200 OK');
    heartbeat.beat();
    expect(await liveness()).toBe('200 OK');
    heartbeat.stop();
    heartbeat.stop();
    heartbeat.beat();
    expect(await liveness()).toBe('200 OK');
    expect(await liveness()).toBe('200 OK');
  });

  it('is not missed while work goes on, which returns and throws as without', async () => {
    const { readiness, service } = await start();
    const heartbeat = service.heartbeat('orders', { withinMs: 300, probe: 'readiness' });
    const work = heartbeat.during(async () => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      return 'done';
    });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await readiness()).toBe('200 OK');
    expect(await work).toBe('done');
    expect(await readiness()).toBe('200 OK');
    const failure = new Error('no order');
    await expect(heartbeat.during(() => Promise.reject(failure))).rejects.toBe(failure);
    await expect(
      heartbeat.during(() => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    await until('it is missed', async () => (await readiness()) === `503 orders: ${MISSED}`);
  });

  it('is not missed while the event loop is blocked', async () => {
    const { liveness, service } = await start();
    service.heartbeat('orders', { withinMs: 300, probe: 'liveness' });
    const answer = liveness();
    block(900);
    expect(await answer).toBe('200 OK');
  });

  it('is degraded when the app can do without it', async () => {
    const { readiness, service } = await start();
    service.heartbeat('orders', { withinMs: 50, probe: 'readiness', optional: true });
    await until('it is missed', async () => {
      const { status } = await service.check('readiness');
      return status === 'degraded';
    });
    expect(await readiness()).toBe('200 OK');
  });

  it('counts from the end of the bootstrap', async () => {
    @Injectable()
    class Consumer {
      constructor(@Inject(ProbeService) service: ProbeService) {
        service.heartbeat('orders', { withinMs: 300, probe: 'readiness' });
      }
      onApplicationBootstrap() {
        return new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
    const { readiness } = await start({ providers: [Consumer] });
    expect(await readiness()).toBe('200 OK');
  });

  it('can be missed by HealthTesting', async () => {
    const { app, liveness, service } = await start({ providers: [Mail] });
    service.heartbeat('orders', { withinMs: 60_000, probe: 'liveness' });
    const health = HealthTesting.of(app).missBeat('orders');
    expect(await liveness()).toBe('503 orders: no heartbeat within 60000 ms.');
    health.restore('orders');
    expect(await liveness()).toBe('200 OK');
    expect(() => health.missBeat('mail')).toThrow("the check 'mail' is no heartbeat");
  });

  it.each([
    [{}, 'withinMs is undefined; allowed: a number of milliseconds above 0'],
    [{ withinMs: 0, probe: 'liveness' }, 'withinMs is 0; allowed'],
    [{ withinMs: 5 }, "probe is undefined; allowed: 'liveness' or 'readiness'"],
    [{ withinMs: 5, probe: 'startup' }, "probe is 'startup'; allowed: 'liveness' or 'readiness'"],
    [{ withinMs: 5, probe: 'liveness', every: 3 }, 'every (3) is not an option'],
  ])('with the options %j is refused', async (options, message) => {
    const { service } = await start();
    expect(() => service.heartbeat('orders', options as never)).toThrow(HealthOptionsError);
    expect(() => service.heartbeat('orders', options as never)).toThrow(
      `HealthModule: ProbeService.heartbeat: ${message}`,
    );
  });

  it('with the name of another check of the probe is refused, and changes nothing', async () => {
    const { readiness, service } = await start({ providers: [Mail] });
    const options = { withinMs: 300, probe: 'readiness' } as const;
    for (const name of ['mail', 'app', 'db.orders']) {
      expect(() => service.heartbeat(name, options)).toThrow(HealthOptionsError);
    }
    expect(await readiness()).toBe('200 OK');
    service.heartbeat('mail', { ...options, probe: 'liveness' }).stop();
    service.heartbeat('orders', options).stop();
    service.heartbeat('orders', options);
  });
});

@ProbeIndicator({ name: 'mail' })
class Mail {
  check() {
    return true;
  }
}

it('two heartbeats of one name that are made before the start make the start fail', async () => {
  @Injectable()
  class Consumer {
    constructor(@Inject(ProbeService) service: ProbeService) {
      for (let n = 0; n < 2; n++) service.heartbeat('orders', { withinMs: 300, probe: 'liveness' });
    }
  }
  const [, createAdapter] = ADAPTERS[0]!;
  await expect(
    startApp({ imports: [HealthModule.forRoot()], providers: [Consumer] }, createAdapter),
  ).rejects.toThrow(
    "HealthModule: the name of a check of liveness is 'orders'; allowed: a name that no other check of the probe has.",
  );
});
