import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { limitConnections } from '../../lib/http/limit-connections.js';
import { until } from '../servers/index.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** A server that keeps each response in `held`, or answers at once with a body of `bytes`. */
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
  /** Connects after the server has accepted the connections before. */
  const dial = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    const before = accepted;
    await until('the server accepts', () => accepted > before);
    return socket;
  };
  const ask = async (): Promise<Socket> => {
    const socket = (await dial()).resume();
    const before = held.length;
    socket.write(REQUEST);
    await until('the request is there', () => held.length > before);
    return socket;
  };
  return { server, held, dial, ask };
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

  it('closes no waiting connection for silent ones', async () => {
    const { held, dial, ask } = await startServer({ maxIdle: 1 });
    const waiting = await ask();
    const silent = [(await dial()).resume(), (await dial()).resume()];
    await until('the older silent one is closed', () => silent[0]!.closed);
    const [data] = await Promise.all([once(waiting, 'data'), held[0]!.end('ready')]);
    expect(String(data)).toContain('ready');
  });

  it('closes the oldest waiting connection for a new request', async () => {
    const { held, ask } = await startServer({ maxWaiting: 2 });
    const sockets = [await ask(), await ask(), await ask()];
    await until('one is closed', () => sockets[0]!.closed);
    expect(sockets.map(({ closed }) => closed)).toEqual([true, false, false]);
    for (const response of held) response.end();
  });

  it('closes a silent connection before one that has just been answered', async () => {
    // More than the system takes at once, so that the connection stays while the client does not read.
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

  it('closes a connection whose client does not read its answer', async () => {
    const { server, dial } = await startServer({ readWithinMs: 50 }, 32 * 1024 * 1024);
    const socket = (await dial()).pause();
    socket.write(REQUEST);
    await expect.poll(() => count(server), { timeout: 10_000 }).toBe(0);
  });

  it('passes one request of a connection on, however many there are', async () => {
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
