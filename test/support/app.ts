import type { AddressInfo } from 'node:net';
import {
  type INestApplication,
  type LoggerService,
  Module,
  type ModuleMetadata,
  type NestApplicationOptions,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { onTestFinished } from 'vitest';

/** For `describe.each`, by name: whatever is said about HTTP holds on both. */
export const ADAPTERS: [string, () => ExpressAdapter | FastifyAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

export type CreateAdapter = (typeof ADAPTERS)[number][1];

export interface Setup {
  /** Silent without one. */
  logger?: LoggerService;
  options?: NestApplicationOptions;
  /** What `main.ts` does between `create()` and `listen()`. */
  configure?: (app: INestApplication) => void;
}

/** A way to make an app: users have one in `main.ts` and another one in their e2e tests. */
export type Create = (
  metadata: ModuleMetadata,
  createAdapter: CreateAdapter,
  setup?: Setup,
) => Promise<INestApplication>;

export const createWithFactory: Create = async (metadata, createAdapter, setup = {}) =>
  NestFactory.create(moduleOf(metadata), createAdapter(), {
    abortOnError: false,
    logger: setup.logger ?? false,
    ...setup.options,
  });

export const createWithTestingModule: Create = async (metadata, createAdapter, setup = {}) => {
  const testing = await Test.createTestingModule({ imports: [moduleOf(metadata)] }).compile();
  return testing.createNestApplication(createAdapter(), {
    logger: setup.logger ?? false,
    ...setup.options,
  });
};

export interface RunningApp {
  readonly app: INestApplication;
  readonly port: number;
}

/** A real app on a free port, closed at the end of the test. */
export async function startApp(
  metadata: ModuleMetadata,
  createAdapter: CreateAdapter,
  setup: Setup = {},
  create: Create = createWithFactory,
): Promise<RunningApp> {
  const app = await create(metadata, createAdapter, setup);
  onTestFinished(() => app.close());
  setup.configure?.(app);
  const server = await app.listen(0, '127.0.0.1');
  return { app, port: (server.address() as AddressInfo).port };
}

/** An AppModule of its own: Nest tells modules apart by their class. */
export function moduleOf(metadata: ModuleMetadata): new () => object {
  @Module(metadata)
  class AppModule {}
  return AppModule;
}
