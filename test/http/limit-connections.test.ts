import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { limitConnections } from '../../lib/http/limit-connections.js';
import { until } from '../servers/index.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** Starts a server that keeps each response in `held`, or responds at once with a body of `bytes`. */
async function startServer(
  limits: { maxIdle?: number; maxWaiting?: number; readWithinMs?: number },
  bytes?: number,
) {
  const held: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    response.setHeader('Connection', 'close');
    if (bytes === undefined) held.push(response);
    else response.end('x'.repeat(bytes));
  });
  limitConnections(server, { maxIdle: 9, maxWaiting: 9, readWithinMs: 60_000, ...limits });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  let accepted = 0;
  server.on('connection', () => (accepted += 1));
  /** Resolves when the server has accepted the connection. */
  const dial = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    const before = accepted;
    await until('the server accepts the connection', () => accepted > before);
    return socket;
  };
  const sendRequest = async (): Promise<Socket> => {
    const socket = (await dial()).resume();
    const before = held.length;
    socket.write(REQUEST);
    await until('the request arrives', () => held.length > before);
    return socket;
  };
  return { server, held, dial, sendRequest };
}

const count = (server: ReturnType<typeof createServer>) =>
  new Promise<number>((resolve) => server.getConnections((_error, number) => resolve(number)));

describe('limitConnections', () => {
  it('closes the oldest silent connection for a new one', async () => {
    const { server, dial } = await startServer({ maxIdle: 2 });
    const sockets = [await dial(), await dial(), await dial()];
    for (const socket of sockets) socket.resume();
    await until('one is closed', () => sockets[0]!.closed);
    expect(sockets.map(({ closed }) => closed)).toEqual([true, false, false]);
    expect(await count(server)).toBe(2);
  });

  it('does not close a connection that awaits its response for silent ones', async () => {
    const { held, dial, sendRequest } = await startServer({ maxIdle: 1 });
    const waiting = await sendRequest();
    const silent = [(await dial()).resume(), (await dial()).resume()];
    await until('the older silent one is closed', () => silent[0]!.closed);
    const [data] = await Promise.all([once(waiting, 'data'), held[0]!.end('ready')]);
    expect(String(data)).toContain('ready');
  });

  it('closes the oldest connection that awaits its response for a new request', async () => {
    const { held, sendRequest } = await startServer({ maxWaiting: 2 });
    const sockets = [await sendRequest(), await sendRequest(), await sendRequest()];
    await until('one is closed', () => sockets[0]!.closed);
    expect(sockets.map(({ closed }) => closed)).toEqual([true, false, false]);
    for (const response of held) response.end();
  });

  it('closes a silent connection before one whose response is being sent', async () => {
    // More than the kernel buffers, so that the connection stays open while the client does not read.
    const { server, dial } = await startServer({ maxIdle: 2 }, 32 * 1024 * 1024);
    const answered = (await dial()).pause();
    const silent = (await dial()).resume();
    const finished = new Promise<void>((resolve) => {
      server.prependListener('request', (_request, response) =>
        response.once('prefinish', resolve),
      );
    });
    answered.write(REQUEST);
    await finished;
    await dial();
    await until('the silent one is closed', () => silent.closed);
    expect(await count(server)).toBe(2);
    let received = 0;
    answered.on('data', (data: Buffer) => (received += data.length)).resume();
    await once(answered, 'end');
    expect(received).toBeGreaterThan(32 * 1024 * 1024);
  });

  it('closes a connection whose client does not read its response', async () => {
    const { server, dial } = await startServer({ readWithinMs: 50 }, 32 * 1024 * 1024);
    const socket = (await dial()).pause();
    socket.write(REQUEST);
    await expect.poll(() => count(server), { timeout: 10_000 }).toBe(0);
  });

  it('passes on only the first request of a connection', async () => {
    const { server, held, dial } = await startServer({});
    const socket = (await dial()).resume();
    let requests = 0;
    server.on('request', () => (requests += 1));
    const dropped = once(server, 'dropRequest');
    socket.write(REQUEST.repeat(1_000));
    await dropped;
    held[0]!.end();
    await until('the connection is closed', () => socket.closed);
    expect(requests).toBe(1);
  });
});
