import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { AbstractHttpAdapter, type HttpAdapterHost } from '@nestjs/core';

/** Answers a request if it is for a probe, and returns whether it was. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Handles every request that comes through the app's server, ahead of the framework. On Fastify the
 * adapter's own hooks (CORS, custom versions) come before any middleware, and on Express its router
 * alone takes twice as long as the whole answer to a liveness probe.
 *
 * Called from `configure()`, when the framework and the WebSocket gateways have added their listeners.
 */
export function listenFirst(server: Server, handle: RequestHandler): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (handle(request, response)) return;
    for (const listener of listeners) listener.call(server, request, response);
  });
}

/** Fastify's hooks get its own objects, around Node's. */
type Framed<T> = T & { readonly raw?: T };
type RequestHook = (
  request: Framed<IncomingMessage>,
  response: Framed<ServerResponse>,
  done: (error?: unknown) => void,
) => unknown;

/**
 * Handles requests that do not come through the app's server: those of `inject()` and of serverless
 * handlers.
 *
 * Nest runs the request hook of its adapters ahead of CORS and of all middleware. A middleware would
 * come later, and the first one of a Fastify app, even an empty one, costs every other request 8 % more
 * instructions. `init$` replays as soon as there is an adapter: while the app is being created, before
 * `main.ts` gets hold of it.
 */
export function hookRequests(host: HttpAdapterHost, handle: RequestHandler): void {
  host.init$.subscribe(() => {
    const adapter: AbstractHttpAdapter | undefined = host.httpAdapter;
    // Workers and microservices have no adapter.
    if (!adapter) return;
    if (adapter.setOnRequestHook === AbstractHttpAdapter.prototype.setOnRequestHook) {
      // An adapter that is not Nest's own.
      adapter.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        if (!handle(request, response)) next();
      });
      return;
    }
    // There is room for one hook: the app's runs after ours. The field is private; without it, a hook
    // that was set before ours would be lost.
    let { onRequestHook: appHook } = adapter as { onRequestHook?: RequestHook };
    const hook: RequestHook = (request, response, done) => {
      if (handle(request.raw ?? request, response.raw ?? response)) return undefined;
      return appHook ? appHook.call(adapter, request, response, done) : done();
    };
    adapter.setOnRequestHook(hook);
    adapter.setOnRequestHook = (newHook: RequestHook) => {
      appHook = newHook;
    };
  });
}
