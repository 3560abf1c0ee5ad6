import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { dialledName } from '../../lib/indicators/data-source/sockets.js';

it('a socket has the name in _host as soon as it looks it up, and no address', () => {
  const sockets = ['localhost', '127.0.0.1'].map((host) => {
    const socket = new Socket().on('error', () => {});
    expect(dialledName(socket)).toBeUndefined();
    return socket.connect(1, host);
  });
  expect(sockets.map(dialledName)).toEqual(['localhost', undefined]);
  for (const socket of sockets) socket.destroy();
});
