import { once } from 'node:events';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP server that says what the test wants, and counts. */
export interface Stub {
  /** As a memcached client would be given it. */
  readonly address: string;
  readonly port: number;
  /** How many connections there have been. */
  readonly accepted: number;
  /** How many there are now. */
  readonly open: number;
}

/** Answers each connection as told; closed at the end of the test. */
export async function startStub(
  answer: (socket: Socket) => void,
  where: ListenOptions = { port: 0, host: '127.0.0.1' },
): Promise<Stub> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    answer(socket);
    socket.resume(); // or it would not see the other end leave
  });
  server.listen(where);
  await once(server, 'listening');
  onTestFinished(() => stop(server, sockets));
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    address: where.path ?? `127.0.0.1:${port}`,
    port,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
  };
}

/** What a memcached does: `version` is all the module asks. */
export function answerVersion(socket: Socket): void {
  socket.on('data', (request) => {
    socket.write(String(request) === 'version\r\n' ? 'VERSION 1.6.18\r\n' : 'ERROR\r\n');
  });
}

async function stop(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  server.close();
  for (const socket of sockets) socket.destroy();
  await once(server, 'close');
}
