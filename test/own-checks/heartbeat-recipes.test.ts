import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type Heartbeat, HealthModule, ProbeService } from 'nestjs-healthz';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { freePort, type RedisServer, startRedis, until } from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { fetchText } from '../support/request.js';

// The recipes of docs/heartbeats-and-holds.md, with shorter times.

const WITHIN_MS = 600;
const MISSED = `503 orders: no heartbeat within ${WITHIN_MS} ms.`;
const [, createAdapter] = ADAPTERS[0]!;

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.dispose());

it('an interval of @nestjs/schedule beats until it is removed', async () => {
  @Injectable()
  class Orders {
    private readonly heartbeat: Heartbeat;

    constructor(@Inject(ProbeService) probes: ProbeService) {
      this.heartbeat = probes.heartbeat('orders', { withinMs: WITHIN_MS, probe: 'liveness' });
    }

    @Interval('orders', 100)
    poll() {
      return this.heartbeat.during(() => {});
    }
  }
  const { app, port } = await startApp(
    {
      imports: [ScheduleModule.forRoot(), HealthModule.forRoot({ freshMs: 0 })],
      providers: [Orders],
    },
    createAdapter,
  );
  const liveness = () => fetchText(port, '/healthz');
  await pause(2 * WITHIN_MS);
  expect(await liveness()).toBe('200 OK');
  app.get(SchedulerRegistry).deleteInterval('orders');
  await until('a beat is missed', async () => (await liveness()) === MISSED);
});

async function beatWhileConnected(
  worker: Worker,
  connection: Redis,
  heartbeat: Heartbeat,
  everyMs: number,
) {
  while (!worker.closing) {
    await connection.ping();
    if (worker.isRunning()) heartbeat.beat();
    await pause(everyMs, undefined, { ref: false });
  }
  heartbeat.stop();
}

it('a BullMQ worker with and without jobs beats while it is connected', async () => {
  const { app, port } = await startApp(
    { imports: [HealthModule.forRoot({ freshMs: 0 })] },
    createAdapter,
  );
  const readiness = () => fetchText(port, '/readiness');
  const connection = new Redis(redis.port, '127.0.0.1', {
    maxRetriesPerRequest: null,
    retryStrategy: () => 100,
  });
  const done: unknown[] = [];
  const heartbeat = app
    .get(ProbeService)
    .heartbeat('orders', { withinMs: WITHIN_MS, probe: 'readiness' });
  const worker = new Worker('orders', async ({ data }) => void done.push(data), { connection });
  const queue = new Queue('orders', { connection });
  worker.on('error', () => {});
  queue.on('error', () => {});
  connection.on('error', () => {});
  onTestFinished(async () => {
    await Promise.all([worker.close(), queue.close()]);
    connection.disconnect();
  });
  await worker.waitUntilReady();
  void beatWhileConnected(worker, connection, heartbeat, 100);
  await pause(2 * WITHIN_MS);
  expect(await readiness()).toBe('200 OK');
  await queue.add('order', { id: 1 });
  await until('the job is done', () => done.length === 1);
  await redis.suspend();
  await until('a beat is missed', async () => (await readiness()) === MISSED);
  redis.resume();
  await until('it beats again', async () => (await readiness()) === '200 OK');
  await redis.stop();
  await until('a beat is missed', async () => (await readiness()) === MISSED);
  await redis.start();
  await until('it beats again', async () => (await readiness()) === '200 OK');
});

it("a microservice is held out of readiness while its transport's status is not connected", async () => {
  @Controller()
  class OrdersController {
    @EventPattern('order')
    handle(_order: object) {}
  }
  const probePort = await freePort();
  @Module({
    imports: [HealthModule.forRoot({ freshMs: 0, server: { port: probePort, host: '127.0.0.1' } })],
    controllers: [OrdersController],
  })
  class AppModule {}
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
    transport: Transport.REDIS,
    options: { host: '127.0.0.1', port: redis.port, retryAttempts: 1_000, retryDelay: 100 },
    logger: false,
  });
  onTestFinished(() => app.close());

  const probes = app.get(ProbeService);
  let release: (() => void) | undefined;
  app.status.subscribe((status) => {
    release?.();
    release = status === 'connected' ? undefined : probes.hold(`Redis is ${status}.`);
  });

  await app.listen();
  const readiness = () => fetchText(probePort, '/readiness');
  await until('it is ready', async () => (await readiness()) === '200 OK');
  await redis.stop();
  await until('it is held', async () => (await readiness()).startsWith('503 app: Redis is '));
  await redis.start();
  await until('it is ready', async () => (await readiness()) === '200 OK');
  expect(await readiness()).toBe('200 OK');
});
