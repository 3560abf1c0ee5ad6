import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { HostLookup } from '../../lib/indicators/data-source/connection-pool.js';
import { HOST, resolver } from '../faults/resolver.js';

resolver.install();

function watched(socket: Socket) {
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return new HostLookup(socket);
}

it('no lookup runs without a socket, and for one that is not being connected', () => {
  expect(new HostLookup(undefined).isRunning).toBe(false);
  expect(watched(new Socket()).isRunning).toBe(false);
});

it('an action waits while the lookup of a name hangs, and runs when it is over', async () => {
  resolver.mode = 'hangs';
  const lookup = watched(connect(1, HOST));
  const act = vi.fn<() => void>();
  lookup.whenOver(act);
  await new Promise(setImmediate);
  expect(lookup.isRunning).toBe(true);
  expect(act).not.toHaveBeenCalled();
  resolver.heal();
  await new Promise(setImmediate);
  expect(lookup.isRunning).toBe(false);
  expect(act).toHaveBeenCalledOnce();
  lookup.whenOver(act);
  expect(act).toHaveBeenCalledTimes(2);
});

it('the lookup of a name that fails is over', async () => {
  resolver.mode = 'fails';
  onTestFinished(() => resolver.heal());
  const socket = connect(1, HOST);
  const lookup = watched(socket);
  await new Promise((resolve) => socket.once('close', resolve));
  expect(lookup.isRunning).toBe(false);
});

it('a socket may be destroyed as soon as its lookup is over', async () => {
  const socket = connect(1, '127.0.0.1');
  const closed = once(socket, 'close');
  watched(socket).whenOver(() => socket.destroy());
  await expect(closed).resolves.toEqual([false]);
});

it.each([
  ['an address', () => connect(1, '127.0.0.1')],
  ['a path', (path: string) => connect(path)],
])('nothing is waited for at %s', async (_, dial) => {
  const path = join(tmpdir(), `nestjs-healthz-${process.pid}.sock`);
  const server = createServer().listen(path);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const lookup = watched(dial(path));
  await vi.waitFor(() => expect(lookup.isRunning).toBe(false));
});
