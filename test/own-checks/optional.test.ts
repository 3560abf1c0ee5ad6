import type { ModuleMetadata } from '@nestjs/common';
import Memcached from 'memcached';
import { type HealthModuleOptions, ProbeIndicator } from 'nestjs-healthz';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { unconnected } from '../discovery/memory-data-source.js';
import { probedApp } from '../support/probed-app.js';

const refuse = () => {
  throw new Error('refused');
};

const throwAsTerminus11 = (causes: object) => {
  throw Object.assign(new Error('no dog'), { isHealthCheckError: true, causes });
};
const refuseAsTerminus11 = () => throwAsTerminus11({ dog: { status: 'down' } });

@ProbeIndicator({ name: 'mail', optional: true })
class MailIndicator {
  check() {
    return false;
  }
}

const refuseQuietly = () => false;

function deadCache() {
  const useValue = new Memcached('127.0.0.1:1');
  onTestFinished(() => useValue.end());
  return { provide: 'SESSIONS', useValue };
}

/** What is down in each app, how it is called, and the sentence. */
const OPTIONAL: [string, () => ModuleMetadata, HealthModuleOptions, string, string][] = [
  [
    'a DataSource',
    () => ({ providers: [{ provide: DataSource, useValue: unconnected() }] }),
    { dataSources: { optional: ['default'] } },
    'db.default',
    'not connected yet.',
  ],
  [
    'a memcached client',
    () => ({ providers: [deadCache()] }),
    { memcached: { optional: ['SESSIONS'] } },
    'cache.SESSIONS',
    'cannot connect to cache.',
  ],
  [
    'a provider with @ProbeIndicator',
    () => ({ providers: [MailIndicator] }),
    {},
    'mail',
    'check failed.',
  ],
  [
    'a check in the options',
    () => ({}),
    { readiness: { checks: { api: () => false }, optional: ['api'] } },
    'api',
    'check failed.',
  ],
  [
    'a check that throws its result, as those of Terminus 11 do',
    () => ({}),
    { readiness: { checks: { dog: refuseAsTerminus11 }, optional: ['dog'] } },
    'dog',
    'check failed.',
  ],
  [
    'a check that throws',
    () => ({}),
    { readiness: { checks: { refuse }, optional: ['refuse'] } },
    'refuse',
    'check failed.',
  ],
  [
    'a check that never answers, from its first run',
    () => ({}),
    {
      readiness: {
        timeoutMs: 40,
        checks: { hang: () => new Promise<never>(() => {}) },
        optional: ['hang'],
      },
    },
    'hang',
    'no answer within 40 ms.',
  ],
];

describe('an optional check', () => {
  it.each(OPTIONAL)(
    '%s that is down is degraded, with its sentence, and the app ready',
    async (...given) => {
      const [, metadata, options, name, sentence] = given;
      const app = await probedApp(metadata(), options);
      app.logger.lines.length = 0;
      expect(await app.fetchReadiness()).toMatch(/^200 /);
      expect(await app.report()).toMatchObject({
        status: 200,
        body: {
          status: 'degraded',
          error: {},
          details: { [name]: { status: 'degraded', message: sentence } },
        },
      });
      expect(app.logger.ofHealthModule).toEqual([expect.stringContaining(`${name}: ${sentence}`)]);
    },
  );

  it('logs the message of an error whose result has none', async () => {
    const app = await probedApp({}, { readiness: { checks: { dog: refuseAsTerminus11 } } });
    expect(await app.fetchReadiness()).toBe('503 dog: check failed.');
    expect(app.logger.ofHealthModule.at(-1)).toBe('warn dog: check failed. no dog');
  });

  it('is down when an error of Terminus 11 has no result', async () => {
    const checks = { dog: () => throwAsTerminus11({}) };
    const app = await probedApp({}, { readiness: { checks } });
    expect(await app.fetchReadiness()).toBe('503 dog: check failed.');
  });

  it('leaves the app not ready when a required check is down', async () => {
    const app = await probedApp(
      { providers: [MailIndicator] },
      { readiness: { checks: { api: refuseQuietly, queue: refuseQuietly }, optional: ['api'] } },
    );
    expect(await app.fetchReadiness()).toBe('503 queue: check failed.');
    const { body } = await app.report();
    expect(body).toMatchObject({ status: 'error', details: { mail: { status: 'degraded' } } });
  });
});
