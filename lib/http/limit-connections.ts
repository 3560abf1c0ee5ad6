import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout } from '../checks/clock.js';

// Probes that wait for a hanging resource: to close them would only make their clients dial again.
const MAX_WAITING = 1_024;
// Connections that have sent no request, or have their answer.
const MAX_OTHERS = 256;
// A client that reads nothing would keep its connection for good: none of Node's limits covers that.
const READ_WITHIN_MS = 5_000;

/**
 * Closes the oldest connection when there are too many, so that a probe gets in and is answered
 * whatever others do. Node's own `maxConnections` refuses the newest, which is the kubelet's: 400
 * silent connections made liveness fail 12 of 12 times, and the kubelet restarts the container then.
 */
export function limitConnections(server: Server): void {
  const silent = new Set<Socket>();
  const waiting = new Set<Socket>();
  const answered = new Set<Socket>();

  const move = (socket: Socket, to: Set<Socket>) => {
    for (const group of [silent, waiting, answered]) group.delete(socket);
    if (!socket.destroyed) to.add(socket);
  };

  server.on('connection', (socket: Socket) => {
    if (answered.size + silent.size >= MAX_OTHERS) destroyFirst(answered.size ? answered : silent);
    silent.add(socket);
    socket.once('close', () => {
      for (const group of [silent, waiting, answered]) group.delete(socket);
    });
  });
  server.prependListener('request', ({ socket }, response) => {
    if (waiting.size >= MAX_WAITING) destroyFirst(waiting);
    move(socket, waiting);
    response.once('prefinish', () => {
      move(socket, answered);
      setTimeout(() => socket.destroy(), READ_WITHIN_MS).unref();
    });
  });
}

function destroyFirst(sockets: ReadonlySet<Socket>): void {
  const [first] = sockets;
  first?.destroy();
}
