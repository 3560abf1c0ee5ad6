import { once } from 'node:events';
import { Agent, createServer, get as httpGet, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { HealthModule } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../servers/index.js';
import {
  ADAPTERS,
  type CreateAdapter,
  createWithFactory,
  moduleOf,
  startApp,
} from '../support/app.js';
import { createGate } from '../support/gate.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { get, fetchText } from '../support/request.js';

const DRAIN_MS = 700;
/** An app that waits for this drain exceeds the timeout of the test. */
const ENDLESS_MS = 3_600_000;

@Controller()
class HelloController {
  @Get('hello')
  hello() {
    return 'hello';
  }
}

/** A provider whose onModuleDestroy() waits for a gate. */
function slowProvider() {
  const gate = createGate();
  const state = { destroying: false };
  const hook: OnModuleDestroy = {
    onModuleDestroy() {
      state.destroying = true;
      return gate.opened;
    },
  };
  return { gate, state, provider: { provide: 'SLOW', useValue: hook } };
}

/** GETs a path on a connection that the client keeps open, as load balancers do. */
const fetchWith = (agent: Agent, port: number, path: string) =>
  new Promise<string>((resolve, reject) => {
    httpGet({ agent, port, path, host: '127.0.0.1' }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk))).on('end', () => resolve(body));
    }).on('error', reject);
  });

const deadlocked = () => ({ deadlock: { status: 'down' as const } });

const withDrain = (drainMs: number) => [HealthModule.forRoot({ drainMs })];

describe.each(ADAPTERS)('app.close() on %s', (_adapter, createAdapter) => {
  it('keeps serving for drainMs, not ready, before it runs onModuleDestroy()', async () => {
    const slow = slowProvider();
    const { app, port } = await startApp(
      { imports: withDrain(DRAIN_MS), controllers: [HelloController], providers: [slow.provider] },
      createAdapter,
    );
    const before = await get(port, '/hello', { connection: 'keep-alive' });
    expect(before.headers.connection).toBe('keep-alive');
    const startedAt = performance.now();
    const closed = app.close();
    await until('readiness fails', async () => (await fetchText(port, '/readiness')) !== '200 OK');
    expect(await fetchText(port, '/readiness')).toBe('503 shutting down.');
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
    const during = await get(port, '/hello', { connection: 'keep-alive' });
    expect([during.status, during.body]).toEqual([200, 'hello']);
    expect(during.headers.connection).toBe('close');
    expect(slow.state.destroying).toBe(false);
    await until('Nest runs onModuleDestroy()', () => slow.state.destroying);
    expect(performance.now() - startedAt).toBeGreaterThan(DRAIN_MS - 50);
    expect(await fetchText(port, '/readiness')).toBe('503 shutting down.');
    slow.gate.open();
    await closed;
    await expect(fetchText(port, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  it('closes the connection of a probe in flight', async () => {
    const called = createGate();
    const check = () => {
      called.open();
      return new Promise<never>(() => {});
    };
    const { app, port } = await startApp(
      { imports: [HealthModule.forRoot({ readiness: { checks: { check } } })] },
      createAdapter,
    );
    const inFlight = get(port, '/readiness', { connection: 'keep-alive' });
    await called.opened;
    const closed = app.close();
    const { status, headers } = await inFlight;
    expect([status, headers.connection]).toEqual([503, 'close']);
    await closed;
  });

  it('makes readiness fail at once without drainMs too', async () => {
    const slow = slowProvider();
    const { app, port } = await startApp(
      { imports: withDrain(0), providers: [slow.provider] },
      createAdapter,
    );
    const closed = app.close();
    await until('Nest runs onModuleDestroy()', () => slow.state.destroying);
    expect(await fetchText(port, '/readiness')).toBe('503 shutting down.');
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
    slow.gate.open();
    await closed;
  });

  it('keeps liveness at 200 during shutdown, even when its checks fail', async () => {
    const slow = slowProvider();
    const { app, port } = await startApp(
      {
        imports: [HealthModule.forRoot({ liveness: { checks: { deadlocked } } })],
        providers: [slow.provider],
      },
      createAdapter,
    );
    expect(await fetchText(port, '/healthz')).toBe('503 deadlocked: check failed.');
    const closed = app.close();
    await until('Nest runs onModuleDestroy()', () => slow.state.destroying);
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
    slow.gate.open();
    await closed;
  });

  it('drains once when it is called twice', async () => {
    const { app } = await startApp({ imports: withDrain(DRAIN_MS) }, createAdapter);
    const startedAt = performance.now();
    await Promise.all([app.close(), app.close()]);
    await app.close();
    expect(performance.now() - startedAt).toBeLessThan(2 * DRAIN_MS);
  });

  const createWithEndlessDrain = (): Promise<INestApplication> =>
    createWithFactory({ imports: withDrain(ENDLESS_MS) }, createAdapter);

  it('does not drain an app that is not listening', async () => {
    const created = await createWithEndlessDrain();
    await expect(created.close()).resolves.toBeUndefined();
    const initialized = await createWithEndlessDrain();
    await initialized.init();
    await expect(initialized.close()).resolves.toBeUndefined();
  });

  it('does not drain an app that is bootstrapping', async () => {
    const app = await createWithEndlessDrain();
    const initialized = app.init();
    await expect(app.close()).resolves.toBeUndefined();
    await initialized;
  });

  it('does not drain an app whose bootstrap failed', async () => {
    const failing = {
      provide: 'FAILING',
      useValue: {
        onApplicationBootstrap() {
          throw new Error('no bootstrap');
        },
      },
    };
    const app = await createWithFactory(
      { imports: withDrain(ENDLESS_MS), providers: [failing] },
      createAdapter,
    );
    onTestFinished(() => app.close());
    await expect(app.listen(0)).rejects.toThrow('no bootstrap');
    await app.close();
  });
});

/** An app that drains exceeds the timeout of the test. */
const ENDLESS_DRAIN = [HealthModule.forRoot({ drainMs: ENDLESS_MS })];

/** An app with a route that responds when the gate opens, and a client that keeps its connection. */
function slowRoute(createAdapter: CreateAdapter) {
  const [arrived, respond] = [createGate(), createGate()];
  @Controller()
  class SlowController {
    @Get('slow')
    async slow() {
      arrived.open();
      await respond.opened;
      return 'slow';
    }
  }
  const metadata = { imports: withDrain(50), controllers: [SlowController] };
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  return {
    create: () => createWithFactory(metadata, createAdapter),
    async request(port: number) {
      const response = fetchWith(agent, port, '/slow');
      await arrived.opened;
      // Wrapped: awaiting a promise in a promise would wait for the response.
      return { response };
    },
    respond,
  };
}

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

describe('a connection whose response was in flight when the drain began is closed', () => {
  it.each(ADAPTERS)('in an app on %s', async (_, createAdapter) => {
    const slow = slowRoute(createAdapter);
    const app = await slow.create();
    onTestFinished(() => app.close());
    const server = (await app.listen(0, '127.0.0.1')) as Server;
    const { response } = await slow.request((server.address() as AddressInfo).port);
    const closed = app.close();
    await until('the server no longer listens', () => !server.listening);
    slow.respond.open();
    await expect(response).resolves.toBe('slow');
    const startedAt = performance.now();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('on a server that main.ts creates around the adapter', async () => {
    const slow = slowRoute(() => new ExpressAdapter());
    const app = await slow.create();
    await app.init();
    const server = createServer(app.getHttpAdapter().getInstance());
    const { response } = await slow.request(await listen(server));
    await app.close();
    const closed = once(server, 'close');
    server.close();
    slow.respond.open();
    await expect(response).resolves.toBe('slow');
    const startedAt = performance.now();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('drainMs is skipped when no client can connect:', () => {
  it('in a worker', async () => {
    const app = await NestFactory.createApplicationContext(moduleOf({ imports: ENDLESS_DRAIN }), {
      logger: false,
    });
    await expect(app.close()).resolves.toBeUndefined();
  });

  it('in a testing module', async () => {
    const testing = await Test.createTestingModule({ imports: ENDLESS_DRAIN }).compile();
    await testing.init();
    await expect(testing.close()).resolves.toBeUndefined();
  });

  it.each(ADAPTERS)('in an e2e test whose requests are over on %s', async (_, createAdapter) => {
    const testing = await Test.createTestingModule({
      imports: ENDLESS_DRAIN,
      controllers: [HelloController],
    }).compile();
    const app = testing.createNestApplication(createAdapter(), { logger: false });
    await app.init();
    // Fastify requires ready() before another server passes it requests.
    await app.getHttpAdapter().getInstance().ready?.();
    // Like supertest, which opens the server for each request.
    const server = app.getHttpServer() as Server;
    await get(await listen(server), '/hello');
    await new Promise((resolve) => void server.close(resolve));
    await expect(app.close()).resolves.toBeUndefined();
  });

  it('in an app that does not listen, in a process with another server, such as a mock', async () => {
    const app = await createWithFactory({ imports: ENDLESS_DRAIN }, () => new ExpressAdapter());
    await app.init();
    const mock = createServer();
    onTestFinished(() => void mock.close());
    await listen(mock);
    await expect(app.close()).resolves.toBeUndefined();
  });
});

it('an app drains and closes when the logger throws', async () => {
  const logger = new RecordingLogger();
  const { app } = await startApp({ imports: withDrain(DRAIN_MS) }, () => new ExpressAdapter(), {
    logger,
  });
  logger.log = () => {
    throw new Error('the log is full');
  };
  const startedAt = performance.now();
  await app.close();
  expect(performance.now() - startedAt).toBeGreaterThan(DRAIN_MS - 50);
});

it('an app drains that is served by a server of main.ts', async () => {
  const app = await createWithFactory(
    { imports: withDrain(DRAIN_MS), controllers: [HelloController] },
    () => new ExpressAdapter(),
  );
  await app.init();
  const server = createServer(app.getHttpAdapter().getInstance());
  onTestFinished(() => void server.close());
  const port = await listen(server);
  await get(port, '/hello');
  const closed = app.close();
  expect(await fetchText(port, '/readiness')).toBe('503 shutting down.');
  expect((await get(port, '/hello')).body).toBe('hello');
  const startedAt = performance.now();
  await closed;
  expect(performance.now() - startedAt).toBeGreaterThan(DRAIN_MS - 200);
});
