import type { INestApplication, INestMicroservice } from '@nestjs/common';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { ProbeService } from 'nestjs-healthz';

// What the snippets of the documentation leave out.

export type { IncomingMessage } from 'node:http';
export { HttpModule } from '@nestjs/axios';
export { NestFactory } from '@nestjs/core';
export { type MicroserviceOptions, Transport } from '@nestjs/microservices';
export { Controller, Get, Injectable, Module } from '@nestjs/common';
export {
  DiskHealthIndicator,
  HealthCheck,
  HealthCheckService,
  HttpHealthIndicator,
  TerminusModule,
  TypeOrmHealthIndicator,
} from '@nestjs/terminus';
export { TypeOrmModule } from '@nestjs/typeorm';
export {
  type Checkable,
  DataSourceHealthIndicator,
  HealthModule,
  type Heartbeat,
  type HealthModuleOptions,
  isProbeRequest,
  type MemcachedClientAdapter,
  ProbeIndicator,
  ProbeService,
} from 'nestjs-healthz';
export { filter } from 'rxjs';
export { afterEach, it } from 'vitest';

// The reader's own.

export declare const app: INestApplication;
export declare const options: TypeOrmModuleOptions;
export declare const probeService: ProbeService;
export declare const cache: { warm(): Promise<void> };
export declare const queue: { poll(): AsyncIterable<object[]> };
export declare const handle: (orders: object[]) => Promise<void>;
export declare const alert: (text: string) => void;
export declare class MyClient {
  readonly hosts: readonly string[];
}

// Packages that are not installed here, as far as they are used.

export declare const microservice: INestMicroservice;
export declare const AppModule: new () => object;
export declare const Interval: (ms: number) => MethodDecorator;

export declare const worker: { closing?: Promise<void>; isRunning(): boolean };
export declare const connection: { ping(): Promise<string> };
export declare const pause: (ms: number, value: undefined, options: object) => Promise<void>;

type Matches = (request: IncomingMessage) => boolean;

export declare const LoggerModule: {
  forRoot(params: { pinoHttp: { autoLogging: { ignore: Matches } } }): object;
};
export declare const morgan: (format: string, options: { skip: Matches }) => RequestListener;
export declare const NodeSDK: new (options: { instrumentations: object[] }) => { start(): void };
export declare const HttpInstrumentation: new (options: {
  ignoreIncomingRequestHook: Matches;
}) => object;
export declare const NestInstrumentation: new () => object;
export declare const request: (server: unknown) => {
  get(path: string): { expect(status: number): Promise<unknown> };
};
