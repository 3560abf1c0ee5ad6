import { Inject, Injectable } from '@nestjs/common';
import { LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  type HealthIndicatorResult,
  HealthIndicatorService,
  TerminusModule,
} from '@nestjs/terminus';
import { type Checkable, HealthModule, ProbeIndicator, ProbeService } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../servers/index.js';
import { ADAPTERS, moduleOf, startApp } from '../support/app.js';
import { createGate } from '../support/gate.js';
import { probedApp } from '../support/probed-app.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { getJson, fetchText, withoutTimes } from '../support/request.js';

const SECRET = 'postgres://app:hunter2@10.0.0.5/app';

/** A class whose check does as it is told. */
function indicator(
  options: Parameters<typeof ProbeIndicator>[0],
  check: (signal: AbortSignal) => unknown = () => true,
) {
  @ProbeIndicator(options)
  class Indicator implements Checkable {
    check(signal: AbortSignal) {
      return check(signal) as boolean;
    }
  }
  return Indicator;
}

const refuse = () => {
  throw new Error(SECRET);
};

describe.each(ADAPTERS)('@ProbeIndicator on %s', (_adapter, createAdapter) => {
  const start = async (...providers: (new () => object)[]) => {
    const imports = [HealthModule.forRoot({ freshMs: 0 })];
    return (await startApp({ imports, providers }, createAdapter)).port;
  };

  it('is run by readiness, or by the probe that it names', async () => {
    const port = await start(
      indicator({ name: 'mail' }),
      indicator({ name: 'heap', probe: 'liveness' }),
      indicator({ name: 'seed', probe: 'startup' }),
    );
    const details = async (path: string) =>
      withoutTimes((await getJson(port, path)).body as { details: object }).details;
    await expect(details('/readiness')).resolves.toEqual({ mail: { status: 'up' } });
    await expect(details('/healthz')).resolves.toEqual({ heap: { status: 'up' } });
    await expect(details('/startupz')).resolves.toEqual({ seed: { status: 'up' } });
  });

  it.each<[string, (signal: AbortSignal) => unknown, string]>([
    ['is true', () => true, '200 OK'],
    ['is nothing', () => {}, '200 OK'],
    ['comes later', async () => true, '200 OK'],
    ['is a result', () => ({ other: { status: 'up' } }), '200 OK'],
    ['is false', () => false, '503 mail: check failed.'],
    ['is false later', async () => false, '503 mail: check failed.'],
    ['throws', refuse, '503 mail: check failed.'],
    ['rejects', async () => refuse(), '503 mail: check failed.'],
    [
      'is a result that is down',
      () => ({ mail: { status: 'down', message: SECRET } }),
      '503 mail: check failed.',
    ],
    [
      'is a result of another name',
      () => ({ smtp: { status: 'down' } }),
      '503 mail: check failed.',
    ],
    [
      'is several results',
      () => ({ smtp: { status: 'down' }, imap: { status: 'up' }, pop: { status: 'down' } }),
      '503 mail.smtp: check failed.\nmail.pop: check failed.',
    ],
    ['is a number', () => 42, '503 mail: invalid response.'],
    ['is null', () => null, '503 mail: invalid response.'],
    ['is a text', () => 'up', '503 mail: invalid response.'],
    ['is empty', () => ({}), '200 OK'],
    ['is an array', () => [], '503 mail: invalid response.'],
    ['is an error', () => new Error(SECRET), '503 mail: invalid response.'],
    ['is a response', () => new Response(), '503 mail: invalid response.'],
    ['has a status of its own', () => ({ a: { status: 'fine' } }), '503 mail: invalid response.'],
    ['never comes', () => new Promise(() => {}), '503 mail: no answer within 40 ms.'],
  ])('that %s', async (_what, check, said) => {
    const port = await start(indicator({ name: 'mail', timeoutMs: 40 }, check));
    await expect(fetchText(port, '/readiness')).resolves.toBe(said);
    const { body } = await getJson(port, '/readiness');
    expect(JSON.stringify(body)).not.toMatch(/hunter2|10\.0\.0\.5/);
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
  });

  it('that is optional is degraded when it is down, with the reason', async () => {
    const port = await start(indicator({ name: 'mail', optional: true }, refuse));
    await expect(fetchText(port, '/readiness')).resolves.toMatch(/^200 /);
    await expect(getJson(port, '/readiness')).resolves.toMatchObject({
      status: 200,
      body: {
        status: 'degraded',
        details: { mail: { status: 'degraded', message: 'check failed.' } },
      },
    });
  });
});

describe('a check with @ProbeIndicator', () => {
  it('has its signal aborted at the deadline, and is not started again before it has settled', async () => {
    const signals: AbortSignal[] = [];
    const gate = createGate();
    const check = async (signal: AbortSignal) => {
      signals.push(signal);
      await gate.opened;
    };
    const app = await probedApp({ providers: [indicator({ name: 'mail', timeoutMs: 40 }, check)] });
    for (let n = 0; n < 3; n++) {
      const said = await Promise.all([app.fetchReadiness(), app.fetchReadiness()]);
      expect(new Set(said)).toEqual(new Set(['503 mail: no answer within 40 ms.']));
    }
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    gate.open();
    expect(await app.fetchReadiness()).toBe('200 OK');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it.each([
    ['for its own freshMs', { freshMs: 60_000 }, 0, 1],
    ["for the module's", {}, 60_000, 1],
    ['not with 0', { freshMs: 0 }, 60_000, 3],
  ])('shares its result %s', async (_, own, freshMs, expected) => {
    let runs = 0;
    const mail = indicator({ name: 'mail', ...own }, () => void (runs += 1));
    const app = await probedApp({ providers: [mail] }, { freshMs });
    for (let n = 0; n < 3; n++) await app.fetchReadiness();
    expect(runs).toBe(expected);
  });

  it.each([
    ["the module's deadline", undefined, { timeoutMs: 30 }, 30],
    ["its probe's", undefined, { readiness: { timeoutMs: 35 } }, 35],
    ['its own', 40, { timeoutMs: 20 }, 40],
    ["its probe's when that is shorter", 4_000, { readiness: { timeoutMs: 45 } }, 45],
  ])('has %s', async (_, timeoutMs, options, expected) => {
    const mail = indicator({ name: 'mail', timeoutMs }, () => new Promise(() => {}));
    const app = await probedApp({ providers: [mail] }, options);
    expect(await app.fetchReadiness()).toBe(`503 mail: no answer within ${expected} ms.`);
  });

  it('counts in the timeoutSeconds that the log recommends', async () => {
    const mail = indicator({ name: 'mail', timeoutMs: 7_000 });
    const app = await probedApp({ providers: [mail] }, { dataSources: false, memcached: false });
    expect(app.logger.ofHealthModule).toContainEqual(expect.stringContaining('timeoutSeconds: 8.'));
  });

  it('has the reason in the log, once per change', async () => {
    let error: Error | undefined;
    const mail = indicator({ name: 'mail' }, () => {
      if (error) throw error;
    });
    const app = await probedApp({ providers: [mail] }, { dataSources: false, memcached: false });
    app.logger.lines.length = 0;
    for (error of [new Error('refused'), undefined]) {
      for (let n = 0; n < 3; n++) await app.fetchReadiness();
    }
    expect(app.logger.ofHealthModule).toEqual([
      'warn mail: check failed. refused',
      expect.stringMatching(/^log mail: recovered after \d+ s\.$/),
    ]);
  });

  it('is shutting down when the app closes during its run', async () => {
    const mail = indicator({ name: 'mail' }, (signal) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    });
    const testing = await Test.createTestingModule({
      imports: [HealthModule.forRoot()],
      providers: [mail],
    }).compile();
    await testing.init();
    const answer = testing.get(ProbeService).check('readiness');
    await testing.close();
    await expect(answer).resolves.toMatchObject({ status: 'shutting_down', error: {} });
  });
});

describe('a provider with @ProbeIndicator', () => {
  @Injectable()
  @ProbeIndicator({ name: 'mail' })
  class MailIndicator implements Checkable {
    constructor(
      @Inject(HealthIndicatorService) private readonly terminus: HealthIndicatorService,
    ) {}

    async check(): Promise<HealthIndicatorResult> {
      return this.terminus.check('mail').down('no route');
    }
  }
  const DOWN = '503 mail: check failed.';

  it.each([
    ['a class', MailIndicator],
    ['a class under another token', { provide: 'MAIL', useClass: MailIndicator }],
    [
      'made by a factory',
      {
        provide: 'MAIL',
        inject: [HealthIndicatorService],
        useFactory: async (terminus: HealthIndicatorService) => new MailIndicator(terminus),
      },
    ],
    ['a value', { provide: 'MAIL', useValue: new MailIndicator(new HealthIndicatorService()) }],
  ])('is found: %s', async (_, provider) => {
    const app = await probedApp({ imports: [TerminusModule], providers: [provider] });
    expect(await app.fetchReadiness()).toBe(DOWN);
    expect(await app.names()).toEqual(['mail']);
  });

  it('is found in a module that exports nothing, once though it has two tokens', async () => {
    const alias = { provide: 'MAIL', useExisting: MailIndicator };
    const hidden = moduleOf({ imports: [TerminusModule], providers: [alias, MailIndicator] });
    const app = await probedApp({ imports: [moduleOf({ imports: [hidden] })] });
    expect(await app.names()).toEqual(['mail']);
  });

  it('is found when its class is extended', async () => {
    class OtherIndicator extends MailIndicator {}
    const app = await probedApp({ imports: [TerminusModule], providers: [OtherIndicator] });
    expect(await app.fetchReadiness()).toBe(DOWN);
  });

  it('may have its check as a property', async () => {
    @ProbeIndicator({ name: 'mail' })
    class Indicator implements Checkable {
      private readonly up = false;
      readonly check = () => this.up;
    }
    const app = await probedApp({ providers: [Indicator] });
    expect(await app.fetchReadiness()).toBe(DOWN);
  });

  it('may be overridden in a test by anything with a check', async () => {
    const testing = await Test.createTestingModule({
      imports: [TerminusModule, HealthModule.forRoot()],
      providers: [MailIndicator],
    })
      .overrideProvider(MailIndicator)
      .useValue({ check: () => true })
      .compile();
    onTestFinished(() => testing.close());
    await testing.init();
    await expect(testing.get(ProbeService).check('readiness')).resolves.toMatchObject({
      status: 'ok',
      details: { mail: { status: 'up' } },
    });
  });

  it('is switched off by a factory that makes nothing', async () => {
    const nothing = { provide: MailIndicator, useFactory: () => undefined };
    const app = await probedApp({ providers: [nothing] });
    expect(await app.names()).toEqual([]);
  });

  it('of a module that is loaded lazily is run as soon as it is created', async () => {
    @ProbeIndicator({ name: 'late' })
    class LateIndicator implements Checkable {
      private readonly made: boolean;

      constructor(@Inject('SLOW') slow: boolean) {
        this.made = slow;
      }

      check() {
        return this.made;
      }
    }
    const gate = createGate();
    const slow = { provide: 'SLOW', useFactory: () => gate.opened.then(() => true) };
    const app = await probedApp({ providers: [MailIndicator], imports: [TerminusModule] });
    const modules = app.app.get(ModulesContainer).size;
    const loading = app.app
      .get(LazyModuleLoader)
      .load(() => moduleOf({ providers: [slow, LateIndicator] }));
    await until('the module is there', () => app.app.get(ModulesContainer).size > modules);
    expect(await app.names()).toEqual(['mail']);
    gate.open();
    await loading;
    await until('it is asked', async () => (await app.names()).includes('late'));
    expect(await app.fetchReadiness()).toBe(DOWN);
  });
});

const heap = () => ({ heap: { status: 'up' as const } });

describe('liveness checks', () => {
  it('get one warning at boot', async () => {
    const { logger } = await probedApp(
      { providers: [indicator({ name: 'loop', probe: 'liveness' })] },
      { liveness: { checks: { heap, loop2: heap } } },
    );
    expect(logger.ofHealthModule.filter((line) => line.includes('liveness'))).toEqual([
      "warn liveness runs 'heap', 'loop2', 'loop'. If it fails, Kubernetes restarts the container. " +
        'Check databases and other services in readiness instead.',
    ]);
  });

  it.each([
    ['there are none', {}],
    ['nothing asks for liveness', { liveness: false as const }],
  ])('get none when %s', async (_, options) => {
    const logger = new RecordingLogger();
    const imports = [
      HealthModule.forRoot({ ...options, readiness: { checks: { other: () => ({}) } } }),
    ];
    const [, createAdapter] = ADAPTERS[0]!;
    const providers = 'liveness' in options ? [indicator({ name: 'a', probe: 'liveness' })] : [];
    await startApp({ imports, providers }, createAdapter, { logger });
    expect(logger.ofHealthModule.filter((line) => line.includes('liveness'))).toEqual([]);
  });
});
