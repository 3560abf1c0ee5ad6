import type { AddressInfo } from 'node:net';
import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { RunningApp } from '../support/serve.js';

export type Framework = 'Express' | 'Fastify';

/** Loads only the requested framework. */
async function createAdapter(framework: Framework) {
  if (framework === 'Express') {
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    return new ExpressAdapter();
  }
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter();
}

/** A Nest app on a free port, as `main.ts` makes one. */
export async function startNest(
  framework: Framework,
  metadata: ModuleMetadata,
  configure: (app: INestApplication) => unknown = () => {},
): Promise<RunningApp & { readonly app: INestApplication }> {
  @Module(metadata)
  class AppModule {}
  const app = await NestFactory.create(AppModule, await createAdapter(framework), {
    logger: ['error'],
    abortOnError: false,
  });
  await configure(app);
  const server = await app.listen(0, '127.0.0.1');
  return { app, port: (server.address() as AddressInfo).port };
}
