import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { clearTimeout, setTimeout } from '../checks/clock.js';

const LIMITS = {
  /** Connections that have sent no request, or have their answer. */
  maxIdle: 2_048,
  /** Connections that wait for an answer, such as readiness while a resource hangs. */
  maxWaiting: 2_048,
  /** None of Node's own limits covers a client that does not read its answer. */
  readWithinMs: 5_000,
};

/**
 * Closes the oldest connection when there are too many, so that a probe gets in and is answered
 * whatever others do. Node's own `maxConnections` refuses the newest, which is the kubelet's: 400
 * silent connections made liveness fail 12 of 12 times, and the kubelet restarts the container then.
 *
 * The limits are high because a client that is closed connects again, and Node accepts one connection
 * in each turn of the event loop. With 256, 2 000 slow clients beside a busy app made 10 of 20 liveness
 * probes late; with 2 048, none, in no more memory (13 kB a connection).
 */
export function limitConnections(
  server: Server,
  { maxIdle, maxWaiting, readWithinMs } = LIMITS,
): void {
  // The oldest first: a Set keeps the order of insertion.
  const idle = new Set<Socket>();
  const waiting = new Set<Socket>();

  // More requests on one connection would all wait in memory for a resource that hangs.
  server.maxRequestsPerSocket = 1;
  server.on('connection', (socket: Socket) => {
    if (idle.size >= maxIdle) destroyFirst(idle);
    idle.add(socket);
    socket.once('close', () => {
      idle.delete(socket);
      waiting.delete(socket);
    });
  });
  server.prependListener('request', ({ socket }, response) => {
    if (waiting.size >= maxWaiting) destroyFirst(waiting);
    idle.delete(socket);
    waiting.add(socket);
    response.once('prefinish', () => {
      waiting.delete(socket);
      if (socket.destroyed) return;
      idle.add(socket);
      const timer = setTimeout(() => socket.destroy(), readWithinMs).unref();
      socket.once('close', () => clearTimeout(timer));
    });
  });
}

function destroyFirst(sockets: Set<Socket>): void {
  const [first] = sockets;
  if (!first) return;
  // Its `close` event comes later, after other connections.
  sockets.delete(first);
  first.destroy();
}
