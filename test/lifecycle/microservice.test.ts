import { type AddressInfo, connect } from 'node:net';
import { Controller } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  type CustomTransportStrategy,
  MessagePattern,
  type MicroserviceOptions,
  Server,
  ServerTCP,
  Transport,
} from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { HealthModule } from 'nestjs-healthz';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, until } from '../servers/index.js';
import { createWithFactory, moduleOf } from '../support/app.js';
import { fetchText } from '../support/request.js';

@Controller()
class SumController {
  @MessagePattern('sum')
  sum(numbers: number[]) {
    return numbers.reduce((total, each) => total + each, 0);
  }
}

const DRAIN_MS = 500;

const serviceModule = (probePort: number) =>
  moduleOf({
    imports: [
      HealthModule.forRoot({ drainMs: DRAIN_MS, server: { port: probePort, host: '127.0.0.1' } }),
    ],
    controllers: [SumController],
  });

async function sum(port: number): Promise<number> {
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { port } });
  try {
    return await firstValueFrom(client.send<number>('sum', [1, 2, 3]));
  } finally {
    client.close();
  }
}

const isOpen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

it('a microservice answers probes on the separate port', async () => {
  const [port, probePort] = [await freePort(), await freePort()];
  const service = await NestFactory.createMicroservice<MicroserviceOptions>(
    serviceModule(probePort),
    { transport: Transport.TCP, options: { port, host: '127.0.0.1' }, logger: false },
  );
  onTestFinished(() => service.close());
  expect(await fetchText(probePort, '/healthz')).toBe('200 OK');
  expect(await fetchText(probePort, '/startupz')).toBe('503 starting.');
  await service.listen();
  expect(await fetchText(probePort, '/startupz')).toBe('200 OK');
  expect(await fetchText(probePort, '/readiness')).toBe('200 OK');
  expect(await sum(port)).toBe(6);
  await service.close();
  await expect(fetchText(probePort, '/healthz')).rejects.toThrow('ECONNREFUSED');
});

it('a hybrid app drains before Nest closes its server and its microservice', async () => {
  const [port, probePort] = [await freePort(), await freePort()];
  const app = await createWithFactory(
    { imports: [serviceModule(probePort)] },
    () => new ExpressAdapter(),
  );
  onTestFinished(() => app.close());
  app.connectMicroservice<MicroserviceOptions>({
    transport: Transport.TCP,
    options: { port, host: '127.0.0.1' },
  });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const closed = app.close();
  await until(
    'the app drains',
    async () => (await fetchText(probePort, '/readiness')) !== '200 OK',
  );
  expect(await fetchText(probePort, '/readiness')).toBe('503 shutting down.');
  expect(await sum(port)).toBe(6);
  await closed;
  expect(await isOpen(port)).toBe(false);
});

it('a microservice drains before its transport closes', async () => {
  const port = await freePort();
  const service = await NestFactory.createMicroservice<MicroserviceOptions>(
    moduleOf({
      imports: [HealthModule.forRoot({ drainMs: DRAIN_MS })],
      controllers: [SumController],
    }),
    { transport: Transport.TCP, options: { port, host: '127.0.0.1' }, logger: false },
  );
  await service.listen();
  const startedAt = performance.now();
  const closed = service.close();
  expect(await sum(port)).toBe(6);
  await closed;
  expect(performance.now() - startedAt).toBeGreaterThan(DRAIN_MS - 50);
  expect(await isOpen(port)).toBe(false);
});

/** Closes itself after it failed to connect, like the transports of RabbitMQ and MQTT. */
class UnreachableBroker extends Server implements CustomTransportStrategy {
  listen(callback: (error?: unknown) => void) {
    void this.close();
    callback(new Error('no broker'));
  }
  close() {}
  on() {}
  unwrap(): never {
    throw new Error('no server');
  }
}

async function startHybrid(strategy: CustomTransportStrategy) {
  const app = await createWithFactory(
    { imports: [HealthModule.forRoot()] },
    () => new ExpressAdapter(),
  );
  onTestFinished(() => app.close());
  app.connectMicroservice<MicroserviceOptions>({ strategy });
  const server = await app.listen(0, '127.0.0.1');
  return { app, port: (server.address() as AddressInfo).port };
}

describe('a hybrid app stays ready', () => {
  it('when only the transport is closed', async () => {
    const transport = new ServerTCP({ port: await freePort(), host: '127.0.0.1' });
    const { app, port } = await startHybrid(transport);
    await app.startAllMicroservices();
    await transport.close();
    expect(await fetchText(port, '/readiness')).toBe('200 OK');
  });

  it('when the transport cannot connect and closes itself', async () => {
    const { app, port } = await startHybrid(new UnreachableBroker());
    await expect(app.startAllMicroservices()).rejects.toThrow('no broker');
    expect(await fetchText(port, '/readiness')).toBe('200 OK');
  });
});
