import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { AbstractHttpAdapter, type HttpAdapterHost } from '@nestjs/core';
import type { ProbeRequest } from './probe-request.js';
import type { ProbeMiddleware } from './probe.middleware.js';
import type { ProbeResponse } from './probe.responder.js';

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
    const hasHook = adapter.setOnRequestHook !== AbstractHttpAdapter.prototype.setOnRequestHook;
    if (hasHook) hookIn(adapter, middleware);
    else {
      adapter.use((request: ProbeRequest, response: ProbeResponse, next: () => void) => {
        if (middleware.meet(request, response)) middleware.answer(request, response, next);
        else next();
      });
    }
  });
}

/**
 * The hook that Nest runs first of all, before CORS. A middleware would come later, and the first one
 * of a Fastify app, even an empty one, takes 8 % more instructions for each request of it. There is
 * room for one: that of the app is run after ours.
 */
function hookIn(adapter: AbstractHttpAdapter, middleware: ProbeMiddleware): void {
  // Private. Without it a hook that was set before us is lost.
  let { onRequestHook: next } = adapter as { onRequestHook?: RequestHook };
  const goOn: RequestHook = (request, response, done) =>
    next ? next.call(adapter, request, response, done) : done();
  const answer: RequestHook = (request, response, done) => {
    middleware.answer(request.raw ?? request, response.raw ?? response, () => {
      // Nest has gone on by then, and sees to nothing any more.
      try {
        const result = goOn(request, response, done);
        // Fastify goes on by a promise, Express by `done` alone.
        if (result instanceof Promise) result.then(request.raw ? () => done() : undefined, done);
      } catch (error) {
        done(error);
      }
    });
  };
  const hook: RequestHook = (request, response, done) =>
    middleware.meet(request.raw ?? request, response.raw ?? response)
      ? answer(request, response, done)
      : goOn(request, response, done);
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
  const handOver = (request: IncomingMessage, response: ServerResponse) => {
    for (const listener of listeners) listener.call(server, request, response);
  };
  server.on('request', (request, response) => {
    if (middleware.meet(request, response)) {
      middleware.answer(request, response, () => handOver(request, response));
    } else handOver(request, response);
  });
}
