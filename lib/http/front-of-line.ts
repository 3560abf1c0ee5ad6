import type { Server } from 'node:http';
import type { HttpAdapterHost } from '@nestjs/core';
import type { ProbeMiddleware } from './probe.middleware.js';

/**
 * Puts the probes ahead of everything else the app runs.
 *
 * Middleware from `configure(consumer)` comes after `app.use()` and after that of global modules
 * imported earlier, and a global prefix moves it. `init$` replays as soon as there is an adapter:
 * while the app is being created, before `main.ts` gets hold of it.
 */
export function putFirstInLine(host: HttpAdapterHost, middleware: ProbeMiddleware): void {
  host.init$.subscribe(() => {
    const { httpAdapter } = host;
    // No adapter: a worker or a microservice, which nobody asks over HTTP.
    httpAdapter?.use(middleware.useFirst.bind(middleware));
    // Only Fastify has its server by now.
    const server: Server | undefined = httpAdapter?.getInstance()?.server;
    if (server) putBeforeListeners(server, middleware);
  });
}

/**
 * On Fastify the adapter's own hooks (CORS, custom versions) come before any middleware, and a hook
 * of ours would come after them: `use()` there is for `inject()`, which passes the server by.
 */
function putBeforeListeners(server: Server, middleware: ProbeMiddleware): void {
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    middleware.useFirst(request, response, () => {
      for (const listener of listeners) listener.call(server, request, response);
    });
  });
}
