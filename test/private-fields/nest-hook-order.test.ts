import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type INestApplication, Module } from '@nestjs/common';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FirstHooks, FirstModule, LastHooks, LastModule } from '../../lib/nest/hook-order.js';
import { AppServers } from '../../lib/nest/app-servers.js';
import { freePort } from '../servers/index.js';
import { createWithFactory, moduleOf } from '../support/app.js';
import { get } from '../support/request.js';

/** A module, global or not, that notes each of its hooks. */
function noting(name: string, seen: string[], global: boolean) {
  const hook = (event: string) => () => void seen.push(`${name} ${event}`);
  const value = {
    onModuleInit: hook('init'),
    onApplicationBootstrap: hook('bootstrap'),
    onModuleDestroy: hook('destroy'),
  };
  return { module: moduleOf({ providers: [{ provide: name, useValue: value }] }), global };
}

it.each([
  ['first', (ours: object[], others: object[]) => [...ours, ...others]],
  ['last', (ours: object[], others: object[]) => [...others, ...ours]],
])(
  'Nest runs our first and last hooks around those of all modules, imported %s',
  async (_, order) => {
    const seen: string[] = [];
    const others = [noting('global', seen, true), noting('plain', seen, false)];
    const imports = order([FirstModule, LastModule], others) as (typeof FirstModule)[];
    @Module({ imports })
    class RootModule {
      onModuleInit = () => void seen.push('root init');
      onApplicationBootstrap = () => void seen.push('root bootstrap');
      onModuleDestroy = () => void seen.push('root destroy');
    }
    const app = await NestFactory.createApplicationContext(RootModule, { logger: false });
    // The first init is over: the container calls it again for this test's own notes.
    expect(seen.filter((each) => !each.endsWith('destroy'))).toHaveLength(6);
    const last = app.get(LastHooks, { strict: false });
    last.beforeDestroy = () => void seen.push('last destroy');
    seen.length = 0;
    await app.close();
    expect(seen[0]).toBe('last destroy');
    expect(seen).toHaveLength(4);
  },
);

it('awaits the first hook ahead of all others, and calls the last one after them', async () => {
  const seen: string[] = [];
  @Module({ imports: [noting('global', seen, true), FirstModule, LastModule] })
  class RootModule {
    constructor(first: FirstHooks, last: LastHooks) {
      first.beforeInit = async () => {
        await new Promise((resolve) => void setTimeout(resolve, 20));
        seen.push('first init');
      };
      last.afterBootstrap = () => void seen.push('last bootstrap');
    }
    onApplicationBootstrap = () => void seen.push('root bootstrap');
  }
  Reflect.defineMetadata('design:paramtypes', [FirstHooks, LastHooks], RootModule);
  const app = await NestFactory.createApplicationContext(RootModule, { logger: false });
  onTestFinished(() => app.close());
  expect(seen).toEqual([
    'first init',
    'global init',
    'global bootstrap',
    'root bootstrap',
    'last bootstrap',
  ]);
});

it('Nest registers the transport of a microservice, which we wrap', async () => {
  const port = await freePort();
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    moduleOf({ providers: [AppServers] }),
    { transport: Transport.TCP, options: { port, host: '127.0.0.1' }, logger: false },
  );
  const servers = app.get(AppServers);
  const seen: string[] = [];
  servers.watchMicroservices(async () => void seen.push('before close'));
  expect(servers.isReachable).toBe(false);
  await app.listen();
  expect([servers.isReachable, servers.isListening]).toEqual([true, true]);
  await app.close();
  expect(seen).toEqual(['before close']);
  expect(servers.isListening).toBe(false);
});

async function watchedApp() {
  const app: INestApplication = await createWithFactory(
    { providers: [AppServers] },
    () => new ExpressAdapter(),
  );
  await app.init();
  onTestFinished(() => app.close());
  const servers = app.get(AppServers);
  servers.watchListening();
  return { app, servers };
}

async function listen(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('Node', () => {
  it('reports each server that begins to listen, and the server of a socket', async () => {
    const { servers } = await watchedApp();
    const server = createServer((request, response) => {
      servers.onRequest(request.socket as object);
      response.end();
    });
    servers.acceptAnyServer();
    expect(servers.isReachable).toBe(false);
    const port = await listen(server);
    expect([servers.isReachable, servers.isListening]).toEqual([true, false]);
    await get(port, '/');
    expect(servers.isListening).toBe(true);
  });

  it('reports the server itself, whose listener is the instance of Express', async () => {
    const { app, servers } = await watchedApp();
    await listen(createServer());
    expect(servers.isListening).toBe(false);
    await listen(createServer(app.getHttpAdapter().getInstance()));
    expect(servers.isListening).toBe(true);
  });
});
