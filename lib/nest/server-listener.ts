import type { RequestListener, Server } from 'node:http';
import type { RequestHandler } from './request-handler.js';

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
