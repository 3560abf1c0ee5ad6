import type { Server } from 'node:http';
import { clearInterval, setInterval } from '../checks/clock.js';

const EVERY_MS = 100;

/**
 * Closes each connection of a closing server as soon as its request is answered. A response that was
 * under way when the shutdown began has promised to keep its connection: the process stayed for the
 * whole `keepAliveTimeout` then, 7 s on Express and over 9 s on Fastify.
 */
export function closeIdleConnections(server: Server): void {
  const timer = setInterval(() => {
    // Not while it still accepts: a client may be about to send on a connection that looks idle.
    if (!server.listening) server.closeIdleConnections?.();
  }, EVERY_MS).unref();
  server.once('close', () => clearInterval(timer));
}
