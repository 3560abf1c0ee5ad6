import { createServer, type Server } from 'node:http';
import type {
  INestApplication,
  INestApplicationContext,
  OnApplicationBootstrap,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { HealthModule, ProbeService } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, until } from '../servers/index.js';
import { ADAPTERS, createWithFactory, moduleOf } from '../support/app.js';
import { createGate } from '../support/gate.js';
import { fetchText } from '../support/request.js';

/** A module whose bootstrap hook runs until the gate opens. */
function slowToBootstrap() {
  const gate = createGate();
  const seen = { bootstrapping: false };
  const hook: OnApplicationBootstrap = {
    onApplicationBootstrap() {
      seen.bootstrapping = true;
      return gate.opened;
    },
  };
  return { gate, seen, provider: { provide: 'SLOW', useValue: hook } };
}

async function slowApp() {
  const port = await freePort();
  const slow = slowToBootstrap();
  const metadata = {
    imports: [HealthModule.forRoot({ server: { port, host: '127.0.0.1' } })],
    providers: [slow.provider],
  };
  return { port, slow, metadata };
}

const closedAtEnd = <T extends INestApplicationContext>(app: T): T => {
  onTestFinished(() => app.close());
  return app;
};

/** What liveness, startup and readiness answer. */
const answers = async (port: number) => [
  await fetchText(port, '/healthz'),
  await fetchText(port, '/startupz'),
  await fetchText(port, '/readiness'),
];

const serverAround = (app: INestApplication): Server =>
  createServer(app.getHttpAdapter().getInstance());

const STARTING = ['200 OK', '503 starting.', '503 starting.'];
const READY = ['200 OK', '200 OK', '200 OK'];

const tcp = async (): Promise<MicroserviceOptions> => ({
  transport: Transport.TCP,
  options: { port: await freePort(), host: '127.0.0.1' },
});

describe('on its separate port, an app is ready as soon as, and not before,', () => {
  it.each(ADAPTERS)(
    'its hooks are through and it listens: HTTP on %s',
    async (_, createAdapter) => {
      const { port, slow, metadata } = await slowApp();
      const app = closedAtEnd(await createWithFactory(metadata, createAdapter));
      const listening = app.listen(0, '127.0.0.1');
      await until('the slow hook runs', () => slow.seen.bootstrapping);
      expect(await answers(port)).toEqual(STARTING);
      slow.gate.open();
      await listening;
      expect(await answers(port)).toEqual(READY);
    },
  );

  it.each(ADAPTERS)('main.ts has called listen() after init(): %s', async (_, createAdapter) => {
    const { port, slow, metadata } = await slowApp();
    slow.gate.open();
    const app = closedAtEnd(await createWithFactory(metadata, createAdapter));
    await app.init();
    expect(await answers(port)).toEqual(STARTING);
    await app.listen(0, '127.0.0.1');
    expect(await answers(port)).toEqual(READY);
  });

  it('the hooks of a worker are through', async () => {
    const { port, slow, metadata } = await slowApp();
    const creating = NestFactory.createApplicationContext(moduleOf(metadata), { logger: false });
    await until('the slow hook runs', () => slow.seen.bootstrapping);
    expect(await answers(port)).toEqual(STARTING);
    slow.gate.open();
    closedAtEnd(await creating);
    expect(await answers(port)).toEqual(READY);
  });

  it('a microservice listens', async () => {
    const { port, slow, metadata } = await slowApp();
    const options = { ...(await tcp()), logger: false as const };
    const app = closedAtEnd(
      await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(metadata), options),
    );
    const listening = app.listen();
    await until('the slow hook runs', () => slow.seen.bootstrapping);
    expect(await answers(port)).toEqual(STARTING);
    slow.gate.open();
    await listening;
    expect(await answers(port)).toEqual(READY);
  });

  it('the microservices of a hybrid app listen, which never listens for HTTP itself', async () => {
    const { port, slow, metadata } = await slowApp();
    const app = closedAtEnd(await createWithFactory(metadata, () => new ExpressAdapter()));
    app.connectMicroservice<MicroserviceOptions>(await tcp());
    await app.startAllMicroservices();
    expect(await answers(port)).toEqual(STARTING);
    slow.gate.open();
    await app.init();
    expect(await answers(port)).toEqual(READY);
  });

  it('a server that main.ts creates around the adapter listens', async () => {
    const { port, slow, metadata } = await slowApp();
    slow.gate.open();
    const app = closedAtEnd(await createWithFactory(metadata, () => new ExpressAdapter()));
    await app.init();
    expect(await answers(port)).toEqual(STARTING);
    const server = serverAround(app);
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    expect(await answers(port)).toEqual(READY);
  });

  it.each<[string, (app: INestApplication) => Server]>([
    ['a server that main.ts creates around the adapter', serverAround],
    ['the server of the app itself', (app) => app.getHttpServer()],
  ])('its hooks are through where main.ts opens %s before init()', async (_, serverOf) => {
    const { port, slow, metadata } = await slowApp();
    const app = closedAtEnd(await createWithFactory(metadata, () => new ExpressAdapter()));
    const server = serverOf(app);
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const initialized = app.init();
    await until('the slow hook runs', () => slow.seen.bootstrapping);
    expect(await answers(port)).toEqual(STARTING);
    slow.gate.open();
    await initialized;
    expect(await answers(port)).toEqual(READY);
  });

  it('its own server listens, whatever other servers of the process did before', async () => {
    const { port, slow, metadata } = await slowApp();
    const app = closedAtEnd(await createWithFactory(metadata, () => new ExpressAdapter()));
    const listening = app.listen(0, '127.0.0.1');
    await until('the slow hook runs', () => slow.seen.bootstrapping);
    const metrics = createServer();
    onTestFinished(() => void metrics.close());
    await new Promise<void>((resolve) => void metrics.listen(0, '127.0.0.1', resolve));
    expect(await answers(port)).toEqual(STARTING);
    slow.gate.open();
    await listening;
    expect(await answers(port)).toEqual(READY);
  });

  it('a serverless handler passes it the first request', async () => {
    const { port, slow, metadata } = await slowApp();
    slow.gate.open();
    const [, [, createAdapter]] = ADAPTERS as [unknown, (typeof ADAPTERS)[1]];
    const app = closedAtEnd(await createWithFactory(metadata, createAdapter));
    await app.init();
    expect(await answers(port)).toEqual(STARTING);
    await app.getHttpAdapter().getInstance().inject({ url: '/' });
    expect(await answers(port)).toEqual(READY);
  });
});

it('is ready once the hooks are through where there is no separate port: a Test app', async () => {
  const testing = await Test.createTestingModule({ imports: [HealthModule.forRoot()] }).compile();
  const app = closedAtEnd(testing.createNestApplication(new ExpressAdapter(), { logger: false }));
  const service = app.get(ProbeService);
  expect(await service.check('readiness')).toMatchObject({ status: 'error' });
  await app.init();
  expect(await service.check('readiness')).toMatchObject({ status: 'ok' });
});
