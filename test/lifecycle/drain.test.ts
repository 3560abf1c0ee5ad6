import { Controller, Get, type INestApplication, type OnModuleDestroy } from '@nestjs/common';
import { HealthModule } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../servers/index.js';
import { ADAPTERS, createWithFactory, moduleOf, startApp } from '../support/app.js';
import { createGate } from '../support/gate.js';
import { get, say } from '../support/request.js';

const DRAIN_MS = 700;
/** Whoever waits for this to pass is found out by the test's own time-out. */
const ENDLESS_MS = 3_600_000;

@Controller()
class HelloController {
  @Get('hello')
  hello() {
    return 'hello';
  }
}

/** Notes when Nest begins to tear the app down, and takes its time about it. */
function slowToDestroy() {
  const gate = createGate();
  const seen = { destroyed: false };
  const hook: OnModuleDestroy = {
    onModuleDestroy() {
      seen.destroyed = true;
      return gate.opened;
    },
  };
  return { gate, seen, provider: { provide: 'SLOW', useValue: hook } };
}

const deadlocked = () => ({ deadlock: { status: 'down' as const } });

const draining = (drainMs: number) => [HealthModule.forRoot({ drainMs })];

describe.each(ADAPTERS)('closing an app on %s', (_adapter, createAdapter) => {
  it('serves on for drainMs, not ready, before anything is torn down', async () => {
    const slow = slowToDestroy();
    const { app, port } = await startApp(
      { imports: draining(DRAIN_MS), controllers: [HelloController], providers: [slow.provider] },
      createAdapter,
    );
    const before = await get(port, '/hello', { connection: 'keep-alive' });
    expect(before.headers.connection).toBe('keep-alive');
    const startedAt = performance.now();
    const closed = app.close();
    await until('it is not ready', async () => (await say(port, '/readiness')) !== '200 OK');
    expect(await say(port, '/readiness')).toBe('503 shutting down.');
    expect(await say(port, '/healthz')).toBe('200 OK');
    const during = await get(port, '/hello', { connection: 'keep-alive' });
    expect([during.status, during.body]).toEqual([200, 'hello']);
    expect(during.headers.connection).toBe('close');
    expect(slow.seen.destroyed).toBe(false);
    await until('Nest tears it down', () => slow.seen.destroyed);
    expect(performance.now() - startedAt).toBeGreaterThan(DRAIN_MS - 50);
    expect(await say(port, '/readiness')).toBe('503 shutting down.');
    slow.gate.open();
    await closed;
    await expect(say(port, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  it('keeps no connection of a probe that was under way', async () => {
    const asked = createGate();
    const check = () => {
      asked.open();
      return new Promise<never>(() => {});
    };
    const { app, port } = await startApp(
      { imports: [HealthModule.forRoot({ readiness: { checks: { check } } })] },
      createAdapter,
    );
    const underWay = get(port, '/readiness', { connection: 'keep-alive' });
    await asked.opened;
    const closed = app.close();
    const { status, headers } = await underWay;
    expect([status, headers.connection]).toEqual([503, 'close']);
    await closed;
  });

  it('is not ready from the first moment without drainMs too', async () => {
    const slow = slowToDestroy();
    const { app, port } = await startApp(
      { imports: draining(0), providers: [slow.provider] },
      createAdapter,
    );
    const closed = app.close();
    await until('Nest tears it down', () => slow.seen.destroyed);
    expect(await say(port, '/readiness')).toBe('503 shutting down.');
    expect(await say(port, '/healthz')).toBe('200 OK');
    slow.gate.open();
    await closed;
  });

  it('is alive while it goes down, whatever the checks of liveness say', async () => {
    const slow = slowToDestroy();
    const { app, port } = await startApp(
      {
        imports: [HealthModule.forRoot({ liveness: { checks: { deadlocked } } })],
        providers: [slow.provider],
      },
      createAdapter,
    );
    expect(await say(port, '/healthz')).toBe('503 deadlocked: check failed.');
    const closed = app.close();
    await until('Nest tears it down', () => slow.seen.destroyed);
    expect(await say(port, '/healthz')).toBe('200 OK');
    slow.gate.open();
    await closed;
  });

  it('closes once when it is told twice', async () => {
    const { app } = await startApp({ imports: draining(DRAIN_MS) }, createAdapter);
    const startedAt = performance.now();
    await Promise.all([app.close(), app.close()]);
    await app.close();
    expect(performance.now() - startedAt).toBeLessThan(2 * DRAIN_MS);
  });

  const endless = (): Promise<INestApplication> =>
    createWithFactory({ imports: draining(ENDLESS_MS) }, createAdapter);

  it('waits for nobody when it does not listen', async () => {
    const created = await endless();
    await expect(created.close()).resolves.toBeUndefined();
    const initialized = await endless();
    await initialized.init();
    await expect(initialized.close()).resolves.toBeUndefined();
  });

  it('waits for nobody when it is closed while it bootstraps', async () => {
    const app = await endless();
    const initialized = app.init();
    await expect(app.close()).resolves.toBeUndefined();
    await initialized;
  });

  it('waits for nobody when it could not be bootstrapped', async () => {
    const failing = {
      provide: 'FAILING',
      useValue: {
        onApplicationBootstrap() {
          throw new Error('no bootstrap');
        },
      },
    };
    const app = await createWithFactory(
      { imports: draining(ENDLESS_MS), providers: [failing] },
      createAdapter,
    );
    onTestFinished(() => app.close());
    await expect(app.listen(0)).rejects.toThrow('no bootstrap');
    await app.close();
  });
});

it('makes no module wait that closes without an HTTP server', async () => {
  const { NestFactory } = await import('@nestjs/core');
  const slow = slowToDestroy();
  slow.gate.open();
  const worker = await NestFactory.createApplicationContext(
    moduleOf({
      imports: draining(DRAIN_MS),
      providers: [slow.provider],
    }),
    { logger: false },
  );
  const startedAt = performance.now();
  await worker.close();
  expect(slow.seen.destroyed).toBe(true);
  expect(performance.now() - startedAt).toBeGreaterThan(DRAIN_MS - 50);
});
