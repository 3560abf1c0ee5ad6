import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { HealthModule, type HealthModuleOptions, ProbeService } from 'nestjs-healthz';
import { ExpressAdapter } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADAPTERS, createWithFactory, startApp } from '../support/app.js';
import { getJson, fetchText } from '../support/request.js';

/** Records the status of each probe while Nest bootstraps the app. */
@Injectable()
class ProbeRecorder implements OnModuleInit {
  readonly statuses: string[] = [];

  constructor(@Inject(ProbeService) private readonly probes: ProbeService) {}

  async onModuleInit() {
    for (const probe of ['liveness', 'readiness', 'startup'] as const) {
      const { status } = await this.probes.check(probe);
      this.statuses.push(`${probe} ${status}`);
    }
  }
}

@Module({ providers: [ProbeRecorder] })
class RecorderModule {}

describe.each(ADAPTERS)('the startup probe on %s', (_adapter, createAdapter) => {
  it('is 200 once Nest has bootstrapped the app, even when a DataSource is down', async () => {
    const { port } = await startApp(
      {
        imports: [HealthModule.forRoot()],
        providers: [{ provide: DataSource, useValue: new DataSource({ type: 'sqljs' }) }],
      },
      createAdapter,
    );
    await expect(fetchText(port, '/startupz')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 db.default: not connected yet.');
  });

  it.each([
    ['the AppModule', { imports: [HealthModule.forRoot()], providers: [ProbeRecorder] }],
    ['a module imported earlier', { imports: [RecorderModule, HealthModule.forRoot()] }],
    [
      'a global module imported earlier',
      { imports: [{ module: RecorderModule, global: true }, HealthModule.forRoot()] },
    ],
    [
      'a global module imported later',
      { imports: [HealthModule.forRoot(), { module: RecorderModule, global: true }] },
    ],
  ])('fails while %s is being initialized', async (_where, metadata) => {
    const { app } = await startApp(metadata, createAdapter);
    expect(app.get(ProbeRecorder).statuses).toEqual([
      'liveness ok',
      'readiness error',
      'startup error',
    ]);
    await expect(app.get(ProbeService).check('startup')).resolves.toMatchObject({ status: 'ok' });
  });

  it('runs its own checks too', async () => {
    let warm = false;
    const startup: HealthModuleOptions['startup'] = {
      checks: { cache: () => ({ cache: { status: warm ? ('up' as const) : ('down' as const) } }) },
    };
    const { port } = await startApp(
      { imports: [HealthModule.forRoot({ startup, freshMs: 0 })] },
      createAdapter,
    );
    await expect(fetchText(port, '/startupz')).resolves.toBe('503 cache: check failed.');
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    warm = true;
    await expect(getJson(port, '/startupz')).resolves.toMatchObject({
      status: 200,
      body: { status: 'ok', details: { cache: { status: 'up' } } },
    });
  });
});

// Fastify cannot accept a request before it is ready.
it('readiness and startup respond 503 "starting." before the app is bootstrapped', async () => {
  const responses: string[] = [];
  let port = 0;
  const late: OnModuleInit = {
    async onModuleInit() {
      for (const path of ['/healthz', '/readiness', '/startupz'])
        responses.push(await fetchText(port, path));
    },
  };
  const app = await createWithFactory(
    { imports: [HealthModule.forRoot()], providers: [{ provide: 'late', useValue: late }] },
    () => new ExpressAdapter(),
  );
  onTestFinished(() => app.close());
  const server = app.getHttpServer() as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  await app.init();
  expect(responses).toEqual(['200 OK', '503 starting.', '503 starting.']);
  await expect(fetchText(port, '/startupz')).resolves.toBe('200 OK');
});
