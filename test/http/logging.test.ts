import { Controller, Get } from '@nestjs/common';
import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { HealthModule, type HealthModuleOptions } from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, startApp } from '../support/app.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { get } from '../support/request.js';

/** A Terminus indicator that fails while `error` is set. */
class Billing {
  error: unknown;

  readonly check = async () => {
    if (this.error) throw this.error;
    return { billing: { status: 'up' as const } };
  };
}

@Controller()
class RootController {
  @Get()
  root() {
    return 'hello';
  }
}

describe.each(ADAPTERS)('the log on %s', (_adapter, createAdapter) => {
  const start = async (options: HealthModuleOptions) => {
    const logger = new RecordingLogger();
    const { port } = await startApp(
      {
        imports: [HealthModule.forRoot({ freshMs: 0, ...options })],
        controllers: [RootController],
      },
      createAdapter,
      { logger },
    );
    logger.lines.length = 0;
    const probe = async (path = '/readiness') => (await get(port, path)).status;
    return { logger, probe };
  };

  it('is empty while all checks are up', async () => {
    const { logger, probe } = await start({
      readiness: { checks: { billing: new Billing().check } },
    });
    for (const path of ['/readiness', '/healthz', '/startupz', '/readiness', '/']) {
      await expect(probe(path)).resolves.toBe(200);
    }
    expect(logger.lines).toEqual([]);
  });

  it('has the reason of a failing check once, with the stack', async () => {
    const billing = new Billing();
    const { logger, probe } = await start({ readiness: { checks: { billing: billing.check } } });
    await probe();
    const refused = new Error('connect ECONNREFUSED 10.0.0.7:443');
    billing.error = refused;
    for (let n = 0; n < 3; n++) await expect(probe()).resolves.toBe(503);
    expect(logger.ofHealthModule).toEqual([
      expect.stringMatching(/^warn \S+: check failed\. connect ECONNREFUSED 10\.0\.0\.7:443$/),
    ]);
    expect(logger.lines[0]?.message).toContain(refused.stack);
  });

  it('has one line for a recovery, and one for the next failure', async () => {
    const billing = new Billing();
    const { logger, probe } = await start({ readiness: { checks: { billing: billing.check } } });
    for (const error of [new Error('refused'), undefined, new Error('expired'), undefined]) {
      billing.error = error;
      for (let n = 0; n < 3; n++) await expect(probe()).resolves.toBe(error ? 503 : 200);
    }
    expect(logger.ofHealthModule).toEqual([
      expect.stringMatching(/^warn \S+: check failed\. refused$/),
      expect.stringMatching(/^log \S+: recovered after \d+ s\.$/),
      expect.stringMatching(/^warn \S+: check failed\. expired$/),
      expect.stringMatching(/^log \S+: recovered after \d+ s\.$/),
    ]);
  });

  it('has the same lines for a result as for an error', async () => {
    let status: 'up' | 'degraded' | 'down' = 'up';
    const { logger, probe } = await start({
      readiness: { checks: { search: () => ({ search: { status, message: `it is ${status}` } }) } },
    });
    for (const each of ['up', 'degraded', 'degraded', 'down', 'down', 'up', 'up'] as const) {
      status = each;
      await probe();
    }
    expect(logger.ofHealthModule).toEqual([
      'warn search: check failed. it is degraded',
      'warn search: check failed. it is down',
      expect.stringMatching(/^log search: recovered after \d+ s\.$/),
    ]);
  });

  it('has no passwords', async () => {
    const billing = new Billing();
    billing.error = new Error('no route to amqp://app:hunter2@mq.local/');
    const { logger, probe } = await start({ readiness: { checks: { billing: billing.check } } });
    await probe();
    expect(logger.lines[0]?.message).toContain('amqp://app:***@mq.local/');
    expect(logger.lines[0]?.message).not.toContain('hunter2');
  });

  it('has one line for a check that times out', async () => {
    const { logger, probe } = await start({
      timeoutMs: 30,
      readiness: { checks: { hang: () => new Promise<never>(() => {}) } },
    });
    await probe();
    await probe();
    expect(logger.ofHealthModule).toEqual(['warn hang: no answer within 30 ms.']);
  });

  it('has one more line when a check fails for another reason', async () => {
    const billing = new Billing();
    billing.error = new Error('refused');
    let indicate: () => unknown = billing.check;
    const indicator = (() => indicate()) as HealthIndicatorFunction;
    const { logger, probe } = await start({ readiness: { checks: { indicator } } });
    for (let n = 0; n < 3; n++) await probe();
    indicate = () => 'no result';
    for (let n = 0; n < 3; n++) await probe();
    expect(logger.ofHealthModule).toEqual([
      'warn indicator: check failed. refused',
      'warn indicator: invalid response.',
    ]);
  });

  it('does not repeat a line when two probes have checks with the same name', async () => {
    const { logger, probe } = await start({
      liveness: { checks: { disk: () => true } },
      readiness: { checks: { disk: () => false } },
    });
    for (let n = 0; n < 3; n++) {
      await expect(probe('/healthz')).resolves.toBe(200);
      await expect(probe('/readiness')).resolves.toBe(503);
    }
    expect(logger.ofHealthModule).toHaveLength(1);
  });

  it('has one warning for each name in the options that matches nothing', async () => {
    const logger = new RecordingLogger();
    const options = {
      dataSources: { exclude: ['reporting'] },
      memcached: { optional: ['SESSIONS'] },
    };
    await startApp({ imports: [HealthModule.forRoot(options)] }, createAdapter, { logger });
    expect(logger.ofHealthModule.filter((line) => line.includes('names'))).toEqual([
      "warn dataSources.exclude names 'reporting', which is not found. A module loaded later may still bring it.",
      "warn memcached.optional names 'SESSIONS', which is not found. A module loaded later may still bring it.",
    ]);
  });
});
