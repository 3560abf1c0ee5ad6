import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type Client,
  credentials,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
  status as codes,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  Controller,
  type INestApplicationContext,
  type INestMicroservice,
  Module,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  GrpcMethod,
  type GrpcOptions,
  type MicroserviceOptions,
  Transport,
} from '@nestjs/microservices';
import { protoPath } from 'grpc-health-check';
import { HealthModule, type HealthModuleOptions, ProbeService } from 'nestjs-healthz';
import { addHealthService } from 'nestjs-healthz/grpc';
import { HealthTesting } from 'nestjs-healthz/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serviceOf } from '../../lib/grpc/health-protocol.js';
import { freePort, until } from '../servers/index.js';
import { ADAPTERS, createWithFactory } from '../support/app.js';

const ORDERS = fileURLToPath(new URL('orders.proto', import.meta.url));

interface Stream {
  on(event: 'data', listener: (message: { status: string }) => void): void;
  on(event: 'error', listener: (error: { code: number }) => void): void;
  on(event: 'end', listener: () => void): void;
  cancel(): void;
}
type Callback = (error: { code: number } | null, response: Record<string, unknown>) => void;
type HealthClient = Client & {
  Check(request: { service: string }, done: Callback): void;
  List(request: object, done: Callback): void;
  Watch(request: { service: string }): Stream;
};

/** The client of `grpc-health-check`'s own definition. */
function clientOf(port: number) {
  const definition = loadSync(protoPath, { enums: String, defaults: true });
  const { grpc } = loadPackageDefinition(definition) as unknown as {
    grpc: { health: { v1: { Health: ServiceClientConstructor } } };
  };
  const client = new grpc.health.v1.Health(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
  ) as unknown as HealthClient;
  onTestFinished(() => client.close());
  const call = (method: 'Check' | 'List', request: { service: string }) =>
    new Promise<unknown>((resolve) => {
      client[method](request, (error, response) => {
        resolve(error ? codes[error.code] : (response['status'] ?? response['statuses']));
      });
    });
  return {
    check: (service = '') => call('Check', { service }),
    list: () => call('List', { service: '' }),
    watch(service = '') {
      const stream = client.Watch({ service });
      const seen: string[] = [];
      stream.on('data', ({ status }) => seen.push(status));
      stream.on('error', ({ code }) => seen.push(codes[code]!));
      stream.on('end', () => seen.push('END'));
      return { seen, cancel: () => stream.cancel() };
    },
  };
}

@Controller()
class OrdersController {
  @GrpcMethod('OrderService', 'Get')
  async get(order: object) {
    await pause(300);
    return order;
  }
}

let isUp = true;
const moduleOf = (options: HealthModuleOptions) => {
  @Module({
    imports: [
      HealthModule.forRoot({ freshMs: 0, readiness: { checks: { mail: () => isUp } }, ...options }),
    ],
    controllers: [OrdersController],
  })
  class AppModule {}
  return AppModule;
};

const optionsOf = (port: number, getApp: () => INestApplicationContext): GrpcOptions => ({
  transport: Transport.GRPC,
  options: {
    url: `127.0.0.1:${port}`,
    package: 'orders',
    protoPath: ORDERS,
    gracefulShutdown: true,
    onLoadPackageDefinition: (_definition, server) =>
      addHealthService(server, () => getApp().get(ProbeService)),
  },
});

const KINDS: [string, (options: HealthModuleOptions) => Promise<Started>][] = [
  [
    'a gRPC microservice',
    async (options) => {
      const port = await freePort();
      const app: INestMicroservice = await NestFactory.createMicroservice<MicroserviceOptions>(
        moduleOf(options),
        {
          ...optionsOf(port, () => app),
          logger: false,
        },
      );
      await app.listen();
      return { app, port };
    },
  ],
  ...ADAPTERS.map(([name, createAdapter]): (typeof KINDS)[number] => [
    `a hybrid app on ${name}`,
    async (options) => {
      const port = await freePort();
      const app = await createWithFactory({ imports: [moduleOf(options)] }, createAdapter);
      app.connectMicroservice<MicroserviceOptions>(optionsOf(port, () => app));
      await app.startAllMicroservices();
      await app.listen(0, '127.0.0.1');
      return { app, port };
    },
  ]),
];
interface Started {
  readonly app: INestApplicationContext & { close(): Promise<void> };
  readonly port: number;
}

describe.each(KINDS)('the gRPC health service of %s', (_, startKind) => {
  const start = async (options: HealthModuleOptions = {}) => {
    isUp = true;
    const { app, port } = await startKind(options);
    onTestFinished(() => app.close());
    return { app, port, ...clientOf(port) };
  };

  it('has the state of the probes', async () => {
    const { app, check, list } = await start();
    for (const service of ['', 'readiness', 'liveness', 'startup', 'orders.OrderService']) {
      expect(await check(service)).toBe('SERVING');
    }
    expect(await check('unknown')).toBe('NOT_FOUND');
    isUp = false;
    for (const service of ['', 'readiness', 'orders.OrderService']) {
      expect(await check(service)).toBe('NOT_SERVING');
    }
    const [down, up] = [{ status: 'NOT_SERVING' }, { status: 'SERVING' }];
    expect(await list()).toEqual({
      '': down,
      readiness: down,
      liveness: up,
      startup: up,
      'orders.OrderService': down,
    });
    HealthTesting.of(app).up('mail');
    expect(await check()).toBe('SERVING');
  });

  it('sends each change to all watchers, which run the probes', async () => {
    const { app, watch } = await start();
    const [first, second, unknown] = [watch(), watch('orders.OrderService'), watch('unknown')];
    await until('the first states have come', () => second.seen.length + unknown.seen.length === 2);
    isUp = false;
    // Any probe notices it.
    await app.get(ProbeService).check('readiness');
    await until('both know', () => second.seen.length + first.seen.length === 4);
    isUp = true;
    await until('a probe of the watch itself notices it', () => first.seen.length === 3, 10_000);
    expect(first.seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING']);
    await until('both know', () => second.seen.length === 3);
    expect(unknown.seen).toEqual(['SERVICE_UNKNOWN']);
  });

  it('is not serving from the first moment of a drain, and holds up no shutdown', async () => {
    const { app, check, watch } = await start({ drainMs: 600 });
    const watched = watch();
    await until('it is serving', () => watched.seen.length === 1);
    const startedAt = performance.now();
    const closed = app.close();
    await until('it is not serving', () => watched.seen.at(-1) === 'NOT_SERVING');
    expect(performance.now() - startedAt).toBeLessThan(400);
    expect(await check()).toBe('NOT_SERVING');
    expect(await check('liveness')).toBe('SERVING');
    await closed;
    expect(performance.now() - startedAt).toBeGreaterThan(590);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(watched.seen).toEqual(['SERVING', 'NOT_SERVING', 'END']);
  });

  it('takes 100 watchers', async () => {
    const { watch } = await start();
    const watched = Array.from({ length: 100 }, () => watch());
    await until('all watch', () => watched.every(({ seen }) => seen[0] === 'SERVING'));
    const refused = watch();
    await until('one more is refused', () => refused.seen[0] === 'RESOURCE_EXHAUSTED');
    watched[0]!.cancel();
    const again: string[][] = [];
    await until('there is room again', async () => {
      const { seen } = watch();
      again.push(seen);
      await until('it has an answer', () => seen.length > 0);
      return seen[0] === 'SERVING';
    });
    expect(again.at(-1)).toEqual(['SERVING']);
  });
});

it('a server that asks for the probes before there is an app is not serving', async () => {
  const server = new Server();
  addHealthService(server, () => {
    throw new ReferenceError("Cannot access 'app' before initialization");
  });
  expect(() => addHealthService(server, () => undefined as never)).toThrow('already provided');
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  onTestFinished(() => server.forceShutdown());
  expect(await clientOf(port).check()).toBe('NOT_SERVING');
});

describe('a request', () => {
  it('is read whatever fields a later version of the protocol adds', () => {
    const long = 'a'.repeat(300);
    const service = Buffer.concat([Buffer.from([0x0a, 0xac, 0x02]), Buffer.from(long)]);
    const others = Buffer.from([
      0x10, 0x96, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 2, 0x61, 0x62, 0x2d, 1, 2, 3, 4,
    ]);
    expect(serviceOf(Buffer.concat([others, service, others]))).toBe(long);
    expect(serviceOf(Buffer.alloc(0))).toBe('');
  });

  it.each([
    ['ends early', [0x0a, 5, 0x61]],
    ['ends in a number', [0x10, 0x96]],
    ['has an unknown wire type', [0x0b]],
  ])('that %s is refused', (_name, bytes) => {
    expect(() => serviceOf(Buffer.from(bytes))).toThrow(RangeError);
  });
});
