import { Controller, Get, Header, type INestApplication } from '@nestjs/common';
import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { HealthModule, type HealthModuleOptions, isProbeRequest } from 'nestjs-healthz';
import * as client from 'prom-client';
import { describe, expect, it } from 'vitest';
import { until } from '../servers/index.js';
import { ADAPTERS, createWithFactory, startApp } from '../support/app.js';
import { get, fetchText } from '../support/request.js';

const up = { status: 'up' as const };
type Status = 'up' | 'degraded' | 'down';

function switchable() {
  const state: { status: Status } = { status: 'up' };
  const check: HealthIndicatorFunction = () => ({ billing: { ...state } });
  return { state, check };
}

describe.each(ADAPTERS)('metrics on %s', (_adapter, createAdapter) => {
  /** An app with a /metrics route, as a user would write it. */
  const start = async (options: HealthModuleOptions, register = new client.Registry()) => {
    @Controller()
    class MetricsController {
      @Get('metrics')
      @Header('Content-Type', register.contentType)
      metrics() {
        return register.metrics();
      }
    }
    const { app, port } = await startApp(
      {
        imports: [HealthModule.forRoot({ freshMs: 0, metrics: { client, register }, ...options })],
        controllers: [MetricsController],
      },
      createAdapter,
    );
    /** The lines of one metric, as Prometheus gets them. */
    const scrape = async (name: string) => {
      const { status, body } = await get(port, '/metrics');
      expect(status).toBe(200);
      return body.split('\n').filter((line) => line.startsWith(name));
    };
    return { app, port, register, scrape };
  };

  it('show the latest results of the checks and the probes', async () => {
    const { state, check } = switchable();
    const { port, scrape } = await start({ readiness: { checks: { billing: check } } });
    expect(await scrape('health_check_up')).toEqual([]);
    expect(await scrape('health_probe_up')).toEqual([
      'health_probe_up{probe="liveness"} 1',
      'health_probe_up{probe="startup"} 1',
    ]);
    for (const [status, value, ready] of [
      ['up', '1', 1],
      ['degraded', '0.5', 1],
      ['down', '0', 0],
      ['up', '1', 1],
    ] as const) {
      state.status = status;
      await get(port, '/readiness');
      expect(await scrape('health_check_up')).toEqual([
        `health_check_up{check="billing"} ${value}`,
      ]);
      expect(await scrape('health_probe_up{probe="readiness"}')).toEqual([
        `health_probe_up{probe="readiness"} ${ready}`,
      ]);
    }
    expect(await scrape('health_check_changes_total')).toEqual([
      'health_check_changes_total{check="billing"} 3',
    ]);
  });

  it('count how long checks took, each result once, and check nothing for a scrape', async () => {
    let asked = 0;
    const check: HealthIndicatorFunction = async () => {
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { billing: { status: 'up' } };
    };
    const { port, scrape } = await start({
      readiness: { checks: { billing: check } },
      freshMs: 60_000,
    });
    for (let n = 0; n < 3; n++) await get(port, '/readiness');
    for (let n = 0; n < 3; n++) await scrape('health');
    expect(asked).toBe(1);
    const lines = await scrape('health_check_duration_seconds');
    expect(lines).toContain('health_check_duration_seconds_count{check="billing"} 1');
    expect(lines).toContain('health_check_duration_seconds_bucket{le="0.01",check="billing"} 0');
    expect(lines).toContain('health_check_duration_seconds_bucket{le="+Inf",check="billing"} 1');
    const [sum = ''] = lines.filter((line) => line.includes('_sum'));
    expect(Number(sum.split(' ')[1])).toBeGreaterThan(0.025);
  });

  it('have one line for a check of two probes, which is the worse', async () => {
    const { port, scrape } = await start({
      liveness: { checks: { disk: () => true } },
      readiness: { checks: { disk: () => false } },
    });
    for (const path of ['/readiness', '/healthz']) await get(port, path);
    expect(await scrape('health_check_up')).toEqual(['health_check_up{check="disk"} 0']);
  });

  it('escape names', async () => {
    const { port, scrape } = await start({
      readiness: {
        checks: { odd: () => ({ 'a"b\\c\nd': up, e: up }) },
      },
    });
    await get(port, '/readiness');
    expect(await scrape('health_check_up')).toEqual([
      String.raw`health_check_up{check="odd.a\"b\\c\nd"} 1`,
      'health_check_up{check="odd.e"} 1',
    ]);
  });

  it('show that an app that drains is not ready', async () => {
    const { app, port, scrape } = await start({ drainMs: 500 });
    const closed = app.close();
    await until('it drains', async () => (await fetchText(port, '/readiness')) !== '200 OK');
    expect(await scrape('health_probe_up')).toEqual([
      'health_probe_up{probe="liveness"} 1',
      'health_probe_up{probe="readiness"} 0',
      'health_probe_up{probe="startup"} 1',
    ]);
    await closed;
  });

  it('are scraped as OpenMetrics, with default labels, and as JSON too', async () => {
    const register = new client.Registry();
    register.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE as never);
    register.setDefaultLabels({ app: 'shop' });
    const { state, check } = switchable();
    const { app, port, scrape } = await start(
      { readiness: { checks: { billing: check } } },
      register,
    );
    await get(port, '/readiness');
    state.status = 'down';
    await get(port, '/readiness');
    expect(await scrape('health_check_changes_total')).toEqual([
      'health_check_changes_total{check="billing",app="shop"} 1',
    ]);
    expect((await register.getMetricsAsJSON()).map(({ name }) => name)).toContain(
      'health_check_up',
    );
    register.resetMetrics();
    expect(await scrape('health_check_changes_total')).toEqual([]);
    await app.close();
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('are refused when the registry has a metric of that name', async () => {
    const register = new client.Registry();
    await start({}, register);
    const imports = [HealthModule.forRoot({ metrics: { client, register } })];
    const another: INestApplication = await createWithFactory({ imports }, createAdapter);
    await expect(another.init()).rejects.toThrow(
      'HealthModule: metrics.register is an object; allowed: a registry that has no health_check_up yet.',
    );
  });

  it('leave a registry to the next attempt where an app could not be initialized', async () => {
    const register = new client.Registry();
    const failing = { onModuleInit: () => Promise.reject(new Error('no broker')) };
    const app: INestApplication = await createWithFactory(
      {
        imports: [HealthModule.forRoot({ metrics: { client, register } })],
        providers: [{ provide: 'BROKER', useValue: failing }],
      },
      createAdapter,
    );
    await expect(app.init()).rejects.toThrow('no broker');
    expect(isProbeRequest({ method: 'GET', url: '/healthz' })).toBe(false);
    const { scrape } = await start({}, register);
    expect(await scrape('health_probe_up')).toHaveLength(3);
  });

  it('forget names that are no longer reported', async () => {
    let job = 0;
    const check: HealthIndicatorFunction = async () => ({ [`job-${++job}`]: up, all: up });
    const { port, scrape } = await start({ readiness: { checks: { jobs: check } } });
    for (let n = 0; n < 5; n++) await get(port, '/readiness');
    expect((await scrape('health_check_duration_seconds_count')).toSorted()).toEqual([
      'health_check_duration_seconds_count{check="jobs.all"} 5',
      'health_check_duration_seconds_count{check="jobs.job-5"} 1',
    ]);
    expect((await scrape('health_check_changes_total')).toSorted()).toEqual([
      'health_check_changes_total{check="jobs.all"} 0',
      'health_check_changes_total{check="jobs.job-5"} 0',
    ]);
  });

  it('leave nothing in a registry that has one of them', async () => {
    const register = new client.Registry();
    register.registerMetric(
      new client.Gauge({ name: 'health_probe_up', help: 'x', registers: [] }),
    );
    const imports = [HealthModule.forRoot({ metrics: { client, register } })];
    const app: INestApplication = await createWithFactory({ imports }, createAdapter);
    await expect(app.init()).rejects.toThrow('a registry that has no health_probe_up yet');
    expect(register.getMetricsAsArray().map(({ name }) => name)).toEqual(['health_probe_up']);
  });
});
