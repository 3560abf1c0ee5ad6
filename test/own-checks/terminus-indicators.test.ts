import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpModule } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import {
  DiskHealthIndicator,
  type HealthIndicatorFunction,
  HttpHealthIndicator,
  MemoryHealthIndicator,
  MicroserviceHealthIndicator,
  MongooseHealthIndicator,
  TerminusModule,
  TypeOrmHealthIndicator,
} from '@nestjs/terminus';
import { NestFactory } from '@nestjs/core';
import { type TcpClientOptions, Transport } from '@nestjs/microservices';
import { createConnection } from 'mongoose';
import { HealthModule, type HealthModuleOptions, ProbeIndicator } from 'nestjs-healthz';
import { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { MEMORY } from '../discovery/memory-data-source.js';
import { freePort, until } from '../servers/index.js';
import { ADAPTERS, moduleOf, startApp } from '../support/app.js';
import { MongoStandIn } from '../support/mongo-stand-in.js';
import { getJson, fetchText } from '../support/request.js';

/** A service that answers as it is told, or never. */
class Billing {
  status: number | 'never' = 200;
  requests = 0;
  aborted = 0;
  private readonly server: Server = createServer((request, response) => {
    this.requests += 1;
    if (this.status === 'never') request.on('close', () => (this.aborted += 1));
    else response.writeHead(this.status).end();
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => void this.server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => this.stop());
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe.each(ADAPTERS)('indicators of Terminus on %s', (_adapter, createAdapter) => {
  let billing: Billing;
  let url: string;
  beforeEach(async () => {
    billing = new Billing();
    url = await billing.start();
  });

  /** As in the README: the indicator is injected, and its checks are functions in the options. */
  const start = async <T>(
    name: string,
    indicator: new (...given: never[]) => T,
    checkOf: (indicator: T) => HealthIndicatorFunction,
    probe: 'liveness' | 'readiness' = 'readiness',
  ) => {
    const imports = [
      HealthModule.forRootAsync({
        imports: [TerminusModule, HttpModule],
        inject: [indicator],
        useFactory: (...[injected]: unknown[]): HealthModuleOptions => ({
          freshMs: 0,
          [probe]: { timeoutMs: 400, checks: { [name]: checkOf(injected as T) } },
        }),
      }),
    ];
    return (await startApp({ imports }, createAdapter)).port;
  };

  it('HttpHealthIndicator', async () => {
    const port = await start(
      'billing',
      HttpHealthIndicator,
      (http) => () => http.pingCheck('billing', url),
    );
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    billing.status = 500;
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 billing: check failed.');
    billing.status = 'never';
    await expect(fetchText(port, '/readiness')).resolves.toBe(
      '503 billing: no answer within 400 ms.',
    );
    const { requests } = billing;
    await expect(fetchText(port, '/readiness')).resolves.toBe(
      '503 billing: no answer within 400 ms.',
    );
    expect(billing.requests).toBe(requests);
    billing.stop();
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 billing: check failed.');
    const { body } = await getJson(port, '/readiness');
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONN/);
  });

  it('HttpHealthIndicator in a @ProbeIndicator, which takes our signal', async () => {
    @Injectable()
    @ProbeIndicator({ name: 'billing', timeoutMs: 400 })
    class BillingIndicator {
      constructor(@Inject(HttpHealthIndicator) private readonly http: HttpHealthIndicator) {}

      check(signal: AbortSignal) {
        // Axios takes it, and Terminus's type of its options does not say so.
        const cancellable = { timeout: 0, signal };
        return this.http.pingCheck('http', url, cancellable);
      }
    }
    const { port } = await startApp(
      {
        imports: [TerminusModule, HttpModule, HealthModule.forRoot({ freshMs: 0 })],
        providers: [BillingIndicator],
      },
      createAdapter,
    );
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    billing.status = 'never';
    // Cancelled, it says so itself: which is in time to be a verdict of its own.
    await expect(fetchText(port, '/readiness')).resolves.toMatch(/^503 billing: /);
    await expect.poll(() => billing.aborted, { timeout: 10_000 }).toBe(1);
    billing.status = 200;
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
  });

  it('MemoryHealthIndicator', async () => {
    let limit = 2 ** 40;
    const port = await start(
      'heap',
      MemoryHealthIndicator,
      (memory) => () => memory.checkHeap('heap', limit),
      'liveness',
    );
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    limit = 1;
    await expect(fetchText(port, '/healthz')).resolves.toBe('503 heap: check failed.');
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
  });

  it('DiskHealthIndicator', async () => {
    let path = '/';
    const threshold = 2 ** 60;
    const port = await start(
      'disk',
      DiskHealthIndicator,
      (disk) => () => disk.checkStorage('disk', { path, threshold }),
    );
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    path = '/nowhere/at/all';
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 disk: check failed.');
  });

  it('MicroserviceHealthIndicator', async () => {
    const tcp: TcpClientOptions = {
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: await freePort() },
    };
    const service = await NestFactory.createMicroservice(moduleOf({}), { ...tcp, logger: false });
    await service.listen();
    const port = await start(
      'orders',
      MicroserviceHealthIndicator,
      (microservice) => () => microservice.pingCheck('orders', tcp),
    );
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    await service.close();
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 orders: check failed.');
  });

  it('MongooseHealthIndicator, with a stand-in for the server', async () => {
    const mongo = await MongoStandIn.start();
    const often = { heartbeatFrequencyMS: 500 };
    const connection = await createConnection(mongo.url, often).asPromise();
    onTestFinished(() => connection.close());
    const port = await start(
      'orders',
      MongooseHealthIndicator,
      (mongoose) => () => mongoose.pingCheck('orders', { connection }),
    );
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    expect(mongo.commands).toEqual(['ping']);
    mongo.suspend();
    await expect(fetchText(port, '/readiness')).resolves.toBe(
      '503 orders: no answer within 400 ms.',
    );
    mongo.resume();
    const ready = async () => (await fetchText(port, '/readiness')) === '200 OK';
    await until('the ping under way is over', ready);
    mongo.stop();
    await until('Mongoose has noticed', () => connection.readyState !== 1);
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 orders: check failed.');
    await mongo.start();
    await until('it is up again', ready);
  });

  it('TypeOrmHealthIndicator, of a DataSource that is no provider', async () => {
    const connection = await new DataSource(MEMORY).initialize();
    const port = await start(
      'archive',
      TypeOrmHealthIndicator,
      (typeorm) => () => typeorm.pingCheck('archive', { connection }),
    );
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    await connection.destroy();
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 archive: check failed.');
  });
});
