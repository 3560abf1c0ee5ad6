import type { Server } from 'node:http';
import type { AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';
import type { ProbeRequest } from './probe-request.js';
import type { ProbeMiddleware } from './probe.middleware.js';
import type { ProbeResponse } from './probe.responder.js';

type First = ProbeMiddleware['useFirst'];

/** What is used of Fastify itself. */
interface FastifyLike {
  addHook?(
    name: 'onRequest',
    hook: (
      request: { readonly raw: ProbeRequest },
      reply: { readonly raw: ProbeResponse },
      done: () => void,
    ) => void,
  ): unknown;
}

/**
 * Puts the probes ahead of everything else the app runs, for requests that come without its server:
 * through `inject()`, or a serverless handler.
 *
 * Middleware from `configure(consumer)` comes after `app.use()` and after that of global modules
 * imported earlier, and a global prefix moves it. `init$` replays as soon as there is an adapter:
 * while the app is being created, before `main.ts` gets hold of it.
 */
export function putFirstInLine(host: HttpAdapterHost, middleware: ProbeMiddleware): void {
  host.init$.subscribe(() => {
    const adapter: AbstractHttpAdapter | undefined = host.httpAdapter;
    // None: a worker or a microservice, which nobody asks over HTTP.
    if (!adapter) return;
    const first: First = middleware.useFirst.bind(middleware);
    const fastify: FastifyLike | undefined = adapter.getInstance();
    if (fastify?.addHook) putFirstOnFastify(adapter, fastify, first);
    else adapter.use(first);
  });
}

/**
 * The first middleware of a Fastify app, even an empty one, adds 7 to 12 % to the instructions of each
 * request. An app that has none is thus given a hook; in any other ours is bound just before its first.
 */
function putFirstOnFastify(adapter: AbstractHttpAdapter, fastify: FastifyLike, first: First): void {
  const { use, createMiddlewareFactory } = adapter;
  let isBound = false;
  const bind = () => {
    Object.assign(adapter, { use, createMiddlewareFactory });
    isBound = true;
    adapter.use(first);
  };
  adapter.use = (...args: unknown[]) => {
    bind();
    return adapter.use(...args);
  };
  adapter.createMiddlewareFactory = (method) => {
    bind();
    return adapter.createMiddlewareFactory(method);
  };
  fastify.addHook?.('onRequest', (request, reply, done) => {
    if (isBound) done();
    else first(request.raw, reply.raw, done);
  });
}

/**
 * Puts the probes ahead of the framework itself. On Fastify the adapter's own hooks (CORS, custom
 * versions) come before any middleware, and on Express its router alone takes twice as long as all of
 * the answer to a liveness probe.
 */
export function putBeforeFramework(host: HttpAdapterHost, middleware: ProbeMiddleware): void {
  const server: Server | undefined = host.httpAdapter?.getHttpServer();
  if (!server) return;
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    middleware.useFirst(request, response, () => {
      for (const listener of listeners) listener.call(server, request, response);
    });
  });
}
