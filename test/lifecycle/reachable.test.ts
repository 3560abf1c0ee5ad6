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
import { fetchProbes } from '../support/request.js';

/** A provider whose onApplicationBootstrap() waits for a gate. */
function slowProvider() {
  const gate = createGate();
  const state = { bootstrapping: false };
  const hook: OnApplicationBootstrap = {
    onApplicationBootstrap() {
      state.bootstrapping = true;
      return gate.opened;
    },
  };
  return { gate, state, provider: { provide: 'SLOW', useValue: hook } };
}

async function slowModule() {
  const port = await freePort();
  const slow = slowProvider();
  const metadata = {
    imports: [HealthModule.forRoot({ server: { port, host: '127.0.0.1' } })],
    providers: [slow.provider],
  };
  return { port, slow, metadata };
}

const closeAtEnd = <T extends INestApplicationContext>(app: T): T => {
  onTestFinished(() => app.close());
  return app;
};

const serverAround = (app: INestApplication): Server =>
  createServer(app.getHttpAdapter().getInstance());

const STARTING = ['200 OK', '503 starting.', '503 starting.'];
const READY = ['200 OK', '200 OK', '200 OK'];

const tcp = async (): Promise<MicroserviceOptions> => ({
  transport: Transport.TCP,
  options: { port: await freePort(), host: '127.0.0.1' },
});

describe('on its separate port an app becomes ready exactly when', () => {
  it.each(ADAPTERS)('its hooks have run and it listens: HTTP on %s', async (_, createAdapter) => {
    const { port, slow, metadata } = await slowModule();
    const app = closeAtEnd(await createWithFactory(metadata, createAdapter));
    const listening = app.listen(0, '127.0.0.1');
    await until('the slow hook runs', () => slow.state.bootstrapping);
    expect(await fetchProbes(port)).toEqual(STARTING);
    slow.gate.open();
    await listening;
    expect(await fetchProbes(port)).toEqual(READY);
  });

  it.each(ADAPTERS)('main.ts has called listen() after init(), on %s', async (_, createAdapter) => {
    const { port, slow, metadata } = await slowModule();
    slow.gate.open();
    const app = closeAtEnd(await createWithFactory(metadata, createAdapter));
    await app.init();
    expect(await fetchProbes(port)).toEqual(STARTING);
    await app.listen(0, '127.0.0.1');
    expect(await fetchProbes(port)).toEqual(READY);
  });

  it('its hooks have run, in a worker', async () => {
    const { port, slow, metadata } = await slowModule();
    const creating = NestFactory.createApplicationContext(moduleOf(metadata), { logger: false });
    await until('the slow hook runs', () => slow.state.bootstrapping);
    expect(await fetchProbes(port)).toEqual(STARTING);
    slow.gate.open();
    closeAtEnd(await creating);
    expect(await fetchProbes(port)).toEqual(READY);
  });

  it('the app listens as a microservice', async () => {
    const { port, slow, metadata } = await slowModule();
    const options = { ...(await tcp()), logger: false as const };
    const app = closeAtEnd(
      await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(metadata), options),
    );
    const listening = app.listen();
    await until('the slow hook runs', () => slow.state.bootstrapping);
    expect(await fetchProbes(port)).toEqual(STARTING);
    slow.gate.open();
    await listening;
    expect(await fetchProbes(port)).toEqual(READY);
  });

  it('its microservices listen, in a hybrid app that never listens for HTTP', async () => {
    const { port, slow, metadata } = await slowModule();
    const app = closeAtEnd(await createWithFactory(metadata, () => new ExpressAdapter()));
    app.connectMicroservice<MicroserviceOptions>(await tcp());
    await app.startAllMicroservices();
    expect(await fetchProbes(port)).toEqual(STARTING);
    slow.gate.open();
    await app.init();
    expect(await fetchProbes(port)).toEqual(READY);
  });

  it('a server that main.ts creates around the adapter listens', async () => {
    const { port, slow, metadata } = await slowModule();
    slow.gate.open();
    const app = closeAtEnd(await createWithFactory(metadata, () => new ExpressAdapter()));
    await app.init();
    expect(await fetchProbes(port)).toEqual(STARTING);
    const server = serverAround(app);
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    expect(await fetchProbes(port)).toEqual(READY);
  });

  it.each<[string, (app: INestApplication) => Server]>([
    ['a server that main.ts creates around the adapter', serverAround],
    ['the server of the app itself', (app) => app.getHttpServer()],
  ])('its hooks have run, when main.ts opens %s before init()', async (_, serverOf) => {
    const { port, slow, metadata } = await slowModule();
    const app = closeAtEnd(await createWithFactory(metadata, () => new ExpressAdapter()));
    const server = serverOf(app);
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const initialized = app.init();
    await until('the slow hook runs', () => slow.state.bootstrapping);
    expect(await fetchProbes(port)).toEqual(STARTING);
    slow.gate.open();
    await initialized;
    expect(await fetchProbes(port)).toEqual(READY);
  });

  it('its own server listens, even when another server of the process listened before', async () => {
    const { port, slow, metadata } = await slowModule();
    const app = closeAtEnd(await createWithFactory(metadata, () => new ExpressAdapter()));
    const listening = app.listen(0, '127.0.0.1');
    await until('the slow hook runs', () => slow.state.bootstrapping);
    const metrics = createServer();
    onTestFinished(() => void metrics.close());
    await new Promise<void>((resolve) => void metrics.listen(0, '127.0.0.1', resolve));
    expect(await fetchProbes(port)).toEqual(STARTING);
    slow.gate.open();
    await listening;
    expect(await fetchProbes(port)).toEqual(READY);
  });

  it('the app gets the first request, in a serverless handler', async () => {
    const { port, slow, metadata } = await slowModule();
    slow.gate.open();
    const [, [, createAdapter]] = ADAPTERS as [unknown, (typeof ADAPTERS)[1]];
    const app = closeAtEnd(await createWithFactory(metadata, createAdapter));
    await app.init();
    expect(await fetchProbes(port)).toEqual(STARTING);
    await app.getHttpAdapter().getInstance().inject({ url: '/' });
    expect(await fetchProbes(port)).toEqual(READY);
  });
});

it('an app without a separate port becomes ready when its hooks have run, as in an e2e test', async () => {
  const testing = await Test.createTestingModule({ imports: [HealthModule.forRoot()] }).compile();
  const app = closeAtEnd(testing.createNestApplication(new ExpressAdapter(), { logger: false }));
  const service = app.get(ProbeService);
  expect(await service.check('readiness')).toMatchObject({ status: 'error' });
  await app.init();
  expect(await service.check('readiness')).toMatchObject({ status: 'ok' });
});
