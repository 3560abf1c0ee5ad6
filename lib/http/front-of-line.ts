import type { Server } from 'node:http';
import { AbstractHttpAdapter, type HttpAdapterHost } from '@nestjs/core';
import type { ProbeRequest } from './probe-request.js';
import type { ProbeMiddleware } from './probe.middleware.js';
import type { ProbeResponse } from './probe.responder.js';

type Handler = ProbeMiddleware['useFirst'];
/** Fastify's hooks get its own objects, around Node's. */
type Framed<T> = T & { readonly raw?: T };
type RequestHook = (
  request: Framed<ProbeRequest>,
  response: Framed<ProbeResponse>,
  done: (error?: unknown) => void,
) => unknown;

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
    const handler: Handler = middleware.useFirst.bind(middleware);
    const hasHook = adapter.setOnRequestHook !== AbstractHttpAdapter.prototype.setOnRequestHook;
    if (hasHook) hookIn(adapter, handler);
    else adapter.use(handler);
  });
}

/**
 * The hook that Nest runs first of all, before CORS. A middleware would come later, and the first one
 * of a Fastify app, even an empty one, takes 12 % more instructions for each request of it. There is
 * room for one: that of the app is run after ours.
 */
function hookIn(adapter: AbstractHttpAdapter, handler: Handler): void {
  // Private. Without it a hook that was set before us is lost.
  let { onRequestHook: next } = adapter as { onRequestHook?: RequestHook };
  const hook: RequestHook = (request, response, done) => {
    let result: unknown;
    let hasReturned = false;
    handler(request.raw ?? request, response.raw ?? response, () => {
      result = next ? next.call(adapter, request, response, done) : done();
      if (hasReturned && result instanceof Promise) {
        // Too late to be returned. Fastify goes on by a promise, Express by `done` alone.
        result.then(request.raw ? () => done() : undefined, done);
      }
    });
    hasReturned = true;
    return result;
  };
  adapter.setOnRequestHook(hook);
  adapter.setOnRequestHook = (appHook: RequestHook) => {
    next = appHook;
  };
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
