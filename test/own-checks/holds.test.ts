import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type CheckChange,
  HealthModule,
  type HealthModuleOptions,
  HealthOptionsError,
  ProbeService,
} from 'nestjs-healthz';
import { HealthTesting } from 'nestjs-healthz/testing';
import * as client from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, startApp } from '../support/app.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { fetchText, get, getJson } from '../support/request.js';

describe.each(ADAPTERS)('a hold on %s', (_, createAdapter) => {
  const start = async (options: HealthModuleOptions = {}, metadata: object = {}) => {
    const logger = new RecordingLogger();
    const { app, port } = await startApp(
      { ...metadata, imports: [HealthModule.forRoot(options)] },
      createAdapter,
      { logger },
    );
    const readiness = (query = '') => fetchText(port, `/readiness${query}`);
    return { app, port, logger, readiness, service: app.get(ProbeService) };
  };

  it('takes the app out of readiness at once, and back, and changes no other probe', async () => {
    const { port, readiness, service } = await start();
    expect(await readiness()).toBe('200 OK');
    const release = service.hold('warming the cache.');
    expect(await readiness()).toBe('503 app: warming the cache.');
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
    expect(await fetchText(port, '/startupz')).toBe('200 OK');
    release();
    release();
    expect(await readiness()).toBe('200 OK');
  });

  it('has a line for each reason, in every view', async () => {
    const { port, readiness, service } = await start();
    const releases = ['maintenance.', 'the queue is full.'].map((reason) => service.hold(reason));
    expect(await readiness()).toBe('503 app: maintenance.\napp: the queue is full.');
    expect(await readiness('?verbose')).toContain(
      '[-] app failed: maintenance.\n[-] app failed: the queue is full.',
    );
    expect(await getJson(port, '/readiness')).toMatchObject({
      status: 503,
      body: { error: { app: { status: 'down', message: 'maintenance.\nthe queue is full.' } } },
    });
    const { body } = await get(port, '/readiness', { accept: 'text/html' });
    expect(body).toContain(
      '<p class="sentence">maintenance.</p><p class="sentence">the queue is full.</p>',
    );
    expect(await readiness('/app')).toMatch(/^503 app: /);
    expect(await readiness('?exclude=app')).toBe('200 OK');
    releases[0]!();
    expect(await readiness()).toBe('503 app: the queue is full.');
  });

  it('stands twice for the same reason, until both are released', async () => {
    const { readiness, service } = await start();
    const releases = [service.hold('maintenance.'), service.hold('maintenance.')];
    releases[0]!();
    releases[0]!();
    expect(await readiness()).toBe('503 app: maintenance.');
    releases[1]!();
    expect(await readiness()).toBe('200 OK');
  });

  it('is in changes$, the log and the metrics', async () => {
    const register = new client.Registry();
    const { readiness, service, logger } = await start({ metrics: { client, register } });
    const changes: CheckChange[] = [];
    service.changes$.subscribe((change) => changes.push(change));
    logger.lines.length = 0;
    const release = service.hold('maintenance.');
    await readiness();
    expect(await register.metrics()).toContain('health_check_up{check="app"} 0');
    release();
    await readiness();
    expect(await register.metrics()).toContain('health_check_up{check="app"} 1');
    expect(changes.map(({ check, to }) => `${check} ${to}`)).toEqual(['app down', 'app up']);
    expect(logger.ofHealthModule).toEqual([
      'warn app: maintenance.',
      expect.stringMatching(/^log app: recovered after \d+ s\.$/),
    ]);
  });

  it('may be made before the app has started', async () => {
    @Injectable()
    class Warmer implements OnModuleInit {
      readonly release: () => void;
      constructor(@Inject(ProbeService) service: ProbeService) {
        this.release = service.hold('warming the cache.');
      }
      onModuleInit() {}
    }
    const { app, readiness } = await start({}, { providers: [Warmer] });
    expect(await readiness()).toBe('503 app: warming the cache.');
    app.get(Warmer).release();
    expect(await readiness()).toBe('200 OK');
  });

  it.each([[''], [' '], ['a\nb'], ['a\u0007b'], ['a\u2028b'], ['a'.repeat(201)], [undefined], [3]])(
    'with the reason %j is refused',
    async (reason) => {
      const { readiness, service } = await start();
      expect(() => service.hold(reason as string)).toThrow(HealthOptionsError);
      expect(() => service.hold(reason as string)).toThrow(
        /^HealthModule: ProbeService\.hold: reason is .*; allowed: one line of 1 to 200 characters/s,
      );
      expect(await readiness()).toBe('200 OK');
    },
  );

  it('can be made by HealthTesting, until it restores', async () => {
    const { app, readiness } = await start();
    const health = HealthTesting.of(app);
    health.hold('maintenance.');
    expect(await readiness()).toBe('503 app: maintenance.');
    health.up('app');
    expect(await readiness()).toBe('200 OK');
    health.restore();
    expect(await readiness()).toBe('200 OK');
  });

  it('has a name that no other check may have', () => {
    const checks = { app: () => true };
    expect(() => HealthModule.forRoot({ readiness: { checks } })).toThrow("and not 'app'");
  });
});
