import { once } from 'node:events';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { until } from '../servers/index.js';

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

/** Says this upon the first byte of a request. */
export const saying = (reply: string | Buffer) => (socket: Socket) =>
  void socket.once('data', () => socket.write(reply));

/** What a terminal may obey. */
export const isControl = (character: string) =>
  character < ' ' || (character >= '\x7f' && character <= '\x9f');

const socketsHere = () =>
  process.getActiveResourcesInfo().filter((type) => /^(TCP|Pipe)|AddrInfo/.test(type)).length;

/** In whatever way a ping ends, nothing of it is left: looked at once the test's own servers are gone. */
export function expectNoSocketLeft(): void {
  const before = socketsHere();
  onTestFinished(() => until('no socket is left', () => socketsHere() <= before));
}
