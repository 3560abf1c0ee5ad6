import type { Server } from 'node:http';
import type { HttpAdapterHost } from '@nestjs/core';
import type { ProbeMiddleware } from './probe.middleware.js';

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
    // No adapter: a worker or a microservice, which nobody asks over HTTP.
    host.httpAdapter?.use(middleware.useFirst.bind(middleware));
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
