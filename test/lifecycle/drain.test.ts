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

/** A request whose connection the client keeps, as load balancers do. */
const fetchWith = (agent: Agent, port: number, path: string) =>
  new Promise<string>((resolve, reject) => {
    httpGet({ agent, port, path, host: '127.0.0.1' }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk))).on('end', () => resolve(body));
    }).on('error', reject);
  });

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
    await until('it is not ready', async () => (await fetchText(port, '/readiness')) !== '200 OK');
    expect(await fetchText(port, '/readiness')).toBe('503 shutting down.');
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
    const during = await get(port, '/hello', { connection: 'keep-alive' });
    expect([during.status, during.body]).toEqual([200, 'hello']);
    expect(during.headers.connection).toBe('close');
    expect(slow.seen.destroyed).toBe(false);
    await until('Nest tears it down', () => slow.seen.destroyed);
    expect(performance.now() - startedAt).toBeGreaterThan(DRAIN_MS - 50);
    expect(await fetchText(port, '/readiness')).toBe('503 shutting down.');
    slow.gate.open();
    await closed;
    await expect(fetchText(port, '/healthz')).rejects.toThrow('ECONNREFUSED');
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
    expect(await fetchText(port, '/readiness')).toBe('503 shutting down.');
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
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
    expect(await fetchText(port, '/healthz')).toBe('503 deadlocked: check failed.');
    const closed = app.close();
    await until('Nest tears it down', () => slow.seen.destroyed);
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
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

/** Closes at once, or the test times out. */
const DRAINS_FOR_EVER = [HealthModule.forRoot({ drainMs: ENDLESS_MS })];

/** An app with a route that answers when the gate opens, and a client that keeps its connection. */
function slowToAnswer(createAdapter: CreateAdapter) {
  const [arrived, answer] = [createGate(), createGate()];
  @Controller()
  class SlowController {
    @Get('slow')
    async slow() {
      arrived.open();
      await answer.opened;
      return 'slow';
    }
  }
  const metadata = { imports: draining(50), controllers: [SlowController] };
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
    answer,
  };
}

const listens = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

describe('keeps no connection whose response was under way when the drain began', () => {
  it.each(ADAPTERS)('of an app on %s', async (_, createAdapter) => {
    const slow = slowToAnswer(createAdapter);
    const app = await slow.create();
    onTestFinished(() => app.close());
    const server = (await app.listen(0, '127.0.0.1')) as Server;
    const { response } = await slow.request((server.address() as AddressInfo).port);
    const closed = app.close();
    await until('the server no longer listens', () => !server.listening);
    slow.answer.open();
    await expect(response).resolves.toBe('slow');
    const startedAt = performance.now();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('of a server that main.ts creates around the adapter', async () => {
    const slow = slowToAnswer(() => new ExpressAdapter());
    const app = await slow.create();
    await app.init();
    const server = createServer(app.getHttpAdapter().getInstance());
    const { response } = await slow.request(await listens(server));
    await app.close();
    const closed = once(server, 'close');
    server.close();
    slow.answer.open();
    await expect(response).resolves.toBe('slow');
    const startedAt = performance.now();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('does not wait for drainMs where no client can connect:', () => {
  it('a worker', async () => {
    const app = await NestFactory.createApplicationContext(moduleOf({ imports: DRAINS_FOR_EVER }), {
      logger: false,
    });
    await expect(app.close()).resolves.toBeUndefined();
  });

  it('a testing module', async () => {
    const testing = await Test.createTestingModule({ imports: DRAINS_FOR_EVER }).compile();
    await testing.init();
    await expect(testing.close()).resolves.toBeUndefined();
  });

  it.each(ADAPTERS)('an e2e test whose requests are over on %s', async (_, createAdapter) => {
    const testing = await Test.createTestingModule({
      imports: DRAINS_FOR_EVER,
      controllers: [HelloController],
    }).compile();
    const app = testing.createNestApplication(createAdapter(), { logger: false });
    await app.init();
    // Fastify wants it before a server of ours passes it requests.
    await app.getHttpAdapter().getInstance().ready?.();
    // As supertest does: it opens the server for each request.
    const server = app.getHttpServer() as Server;
    await get(await listens(server), '/hello');
    await new Promise((resolve) => void server.close(resolve));
    await expect(app.close()).resolves.toBeUndefined();
  });

  it('an app beside another server of the process, such as a mock', async () => {
    const app = await createWithFactory({ imports: DRAINS_FOR_EVER }, () => new ExpressAdapter());
    await app.init();
    const mock = createServer();
    onTestFinished(() => void mock.close());
    await listens(mock);
    await expect(app.close()).resolves.toBeUndefined();
  });
});

it('drains, and closes, when the logger throws', async () => {
  const logger = new RecordingLogger();
  const { app } = await startApp({ imports: draining(DRAIN_MS) }, () => new ExpressAdapter(), {
    logger,
  });
  logger.log = () => {
    throw new Error('the log is full');
  };
  const startedAt = performance.now();
  await app.close();
  expect(performance.now() - startedAt).toBeGreaterThan(DRAIN_MS - 50);
});

it('drains an app that a server of main.ts serves', async () => {
  const app = await createWithFactory(
    { imports: draining(DRAIN_MS), controllers: [HelloController] },
    () => new ExpressAdapter(),
  );
  await app.init();
  const server = createServer(app.getHttpAdapter().getInstance());
  onTestFinished(() => void server.close());
  const port = await listens(server);
  await get(port, '/hello');
  const closed = app.close();
  expect(await fetchText(port, '/readiness')).toBe('503 shutting down.');
  expect((await get(port, '/hello')).body).toBe('hello');
  const startedAt = performance.now();
  await closed;
  expect(performance.now() - startedAt).toBeGreaterThan(DRAIN_MS - 200);
});
