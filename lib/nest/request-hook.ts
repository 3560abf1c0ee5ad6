import type { IncomingMessage, ServerResponse } from 'node:http';
import { AbstractHttpAdapter, type HttpAdapterHost } from '@nestjs/core';
import type { RequestHandler } from './request-handler.js';

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
