import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Inject, type INestApplication } from '@nestjs/common';
import { importPeer } from '../support/packages.js';
import type { Apps, RunningApp } from '../support/serve.js';
import { bareMiddleware, barestMiddleware, sendOk } from './bare.js';
import { type Framework, startNest } from './nest.js';

const withModule = async (framework: Framework) => {
  const { HealthModule } = await import('nestjs-healthz');
  return startNest(framework, { imports: [HealthModule.forRoot()] });
};

/** As its documentation has it, with nothing to check. */
async function withTerminus(framework: Framework): Promise<RunningApp> {
  const { HealthCheck, HealthCheckService, TerminusModule } = await import('@nestjs/terminus');
  @Controller()
  class HealthController {
    constructor(
      @Inject(HealthCheckService) private readonly health: InstanceType<typeof HealthCheckService>,
    ) {}

    @Get('healthz')
    @HealthCheck()
    check() {
      return this.health.check([]);
    }
  }
  return startNest(framework, { imports: [TerminusModule], controllers: [HealthController] });
}

async function withGodaddy(server: Server): Promise<void> {
  const { createTerminus } = await importPeer('@godaddy/terminus');
  createTerminus(server, { healthChecks: { '/healthz': async () => undefined } });
}

async function withUnderPressure(app: INestApplication): Promise<void> {
  const { default: underPressure } = await importPeer('@fastify/under-pressure');
  await app.getHttpAdapter().getInstance().register(underPressure, {
    exposeStatusRoute: '/healthz',
  });
}

async function onRawHttp(): Promise<RunningApp> {
  const server = createServer(({ url }, response) => {
    if (url === '/healthz') sendOk(response);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}

/** A separate server beside the app, with its own path. */
async function lightship(): Promise<RunningApp> {
  const { createLightship } = await importPeer('lightship');
  const { server } = await createLightship({ port: 0, detectKubernetes: false });
  if (!server.listening) await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}

const bare = (framework: Framework) => () =>
  startNest(framework, {}, (app) => app.use(bareMiddleware));
const barest = (framework: Framework) => () =>
  startNest(framework, {}, (app) => app.use(barestMiddleware));

export const apps: Apps = {
  'Express: nestjs-healthz': () => withModule('Express'),
  'Express: bare middleware': bare('Express'),
  'Express: bare middleware, no headers': barest('Express'),
  'Express: Terminus controller': () => withTerminus('Express'),
  'Express: @godaddy/terminus': () =>
    startNest('Express', {}, (app) => withGodaddy(app.getHttpServer())),
  'Fastify: nestjs-healthz': () => withModule('Fastify'),
  'Fastify: bare middleware': bare('Fastify'),
  'Fastify: bare middleware, no headers': barest('Fastify'),
  'Fastify: Terminus controller': () => withTerminus('Fastify'),
  'Fastify: @fastify/under-pressure': () => startNest('Fastify', {}, withUnderPressure),
  'node:http': onRawHttp,
  lightship,
};
