import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { pingServer } from '../../lib/indicators/memcached/ping.js';
import { freePort, startMemcached, until } from '../servers/index.js';
import { answerVersion, expectNoSocketLeft, isControl, saying, startStub } from './stub.js';

const UP = { status: 'up' };
const UNREACHABLE = { status: 'down', message: 'cannot connect to cache.' };
const INVALID = { status: 'down', message: 'invalid response.' };

const ping = (address: string) => pingServer(address, 'text', new AbortController().signal);

beforeEach(expectNoSocketLeft);

describe('a server that answers is up', () => {
  it('when it is a memcached', async () => {
    const server = await startMemcached();
    try {
      expect(await ping(server.address)).toEqual(UP);
      expect(await ping(`localhost:${server.port}`)).toEqual(UP);
      await until('it has lost both', async () => (await server.currConnections()) === 0);
    } finally {
      await server.dispose();
    }
  });

  it('after exactly one request', async () => {
    const requests: string[] = [];
    const stub = await startStub((socket) => {
      socket.on('data', (request) => {
        requests.push(String(request));
        socket.write('VERSION 1.6.18\r\n');
      });
    });
    expect(await ping(stub.address)).toEqual(UP);
    await until('the connection is closed', () => stub.open === 0);
    expect(requests).toEqual(['version\r\n']);
    expect(stub.accepted).toBe(1);
  });

  it.each([
    ['with a version no one has heard of', 'VERSION unknown-build (custom) é\r\n'],
    ['with more than it was asked for', 'VERSION 1.6.18\r\nERROR\r\nERROR\r\n'],
    ['with a bare line feed', 'VERSION 1.6.18\n'],
  ])('%s', async (_, reply) => {
    const stub = await startStub(saying(reply));
    expect(await ping(stub.address)).toEqual(UP);
  });

  it('byte by byte', async () => {
    const stub = await startStub((socket) => {
      socket.setNoDelay();
      const bytes = [...'VERSION 1.6.18\r\n'];
      const next = () => {
        const byte = bytes.shift();
        if (byte !== undefined && !socket.destroyed) socket.write(byte, () => setImmediate(next));
      };
      socket.once('data', next);
    });
    expect(await ping(stub.address)).toEqual(UP);
  });
});

describe('a server that answers something else is down', () => {
  it.each([
    ['ERROR', 'ERROR\r\n', '"ERROR"'],
    ['a demand', 'CLIENT_ERROR unauthenticated\r\n', '"CLIENT_ERROR unauthenticated"'],
    ['redis', "-ERR unknown command 'version'\r\n", `"-ERR unknown command 'version'"`],
    ['an empty line', '\r\n', '""'],
    ['a version in the second line', 'STAT pid 1\r\nVERSION 1.6.18\r\n', '"STAT pid 1"'],
    ['part of the word', 'VERSIO\r\n', '"VERSIO"'],
    ['the word in lower case', 'version 1.6.18\r\n', '"version 1.6.18"'],
    ['binary', Buffer.from([0x81, 0x0b, 0, 0, 0xff, 0x0a]), String.raw`\u000b\u0000\u0000`],
  ])('%s', async (_, reply, quoted) => {
    const stub = await startStub(saying(reply));
    const outcome = await ping(stub.address);
    expect(outcome).toMatchObject(INVALID);
    const message = String(outcome.cause);
    expect(message).toContain(`${stub.address}: answered `);
    expect(message).toContain(quoted);
    // A terminal that shows the log must not validate what a server says.
    expect([...message].filter(isControl)).toEqual([]);
  });

  it.each([
    ['a mebibyte and no end of line', 'x'.repeat(2 ** 20)],
    ['a mebibyte of zeros', Buffer.alloc(2 ** 20)],
    ['a long line', `${'x'.repeat(2_000)}\r\n`],
  ])('%s, of which little is kept', async (_, reply) => {
    const stub = await startStub(saying(reply));
    const { cause, ...outcome } = await ping(stub.address);
    expect(outcome).toEqual(INVALID);
    expect(String(cause).length).toBeLessThan(1_000);
    await until('the connection is closed', () => stub.open === 0);
  });

  it('the right start of a line that never ends, without waiting for its end', async () => {
    const stub = await startStub(saying(`VERSION ${'9'.repeat(2 ** 20)}`));
    expect(await ping(stub.address)).toHaveProperty('status');
    await until('the connection is closed', () => stub.open === 0);
  });

  it('too many connections, which has a separate sentence', async () => {
    const stub = await startStub(saying('ERROR Too many open connections\r\n'));
    const { cause, ...outcome } = await ping(stub.address);
    expect(outcome).toEqual({ status: 'down', message: 'too many connections to cache.' });
    expect(String(cause)).toContain(stub.address);
  });

  it('in HTTP', async () => {
    const http = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void http.close());
    await until('it listens', () => http.listening);
    const { port } = http.address() as AddressInfo;
    const outcome = await ping(`127.0.0.1:${port}`);
    expect(outcome).toMatchObject(INVALID);
    expect(String(outcome.cause)).toContain('HTTP/1.1 400');
  });
});

describe('a server that does not answer is down', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['closes at once', (socket) => socket.end()],
    ['resets at once', (socket) => socket.resetAndDestroy()],
    ['closes when it is asked', (socket) => void socket.once('data', () => socket.end())],
    [
      'resets when it is asked',
      (socket) => void socket.once('data', () => socket.resetAndDestroy()),
    ],
    ['closes in the middle of the line', (socket) => void socket.end('VERSION 1.6')],
  ])('and %s', async (_, answer) => {
    const stub = await startStub(answer);
    const outcome = await ping(stub.address);
    expect(outcome).toMatchObject(UNREACHABLE);
    expect(String(outcome.cause)).toContain(stub.address);
  });

  it('and refuses', async () => {
    const port = await freePort();
    const outcome = await ping(`127.0.0.1:${port}`);
    expect(outcome).toMatchObject(UNREACHABLE);
    expect(String(outcome.cause)).toContain('ECONNREFUSED');
    const byName = await ping(`localhost:${port}`);
    expect(byName).toMatchObject(UNREACHABLE);
    expect(String(byName.cause)).toContain('ECONNREFUSED');
  });

  it.each(['127.0.0.1:65536', '127.0.0.1:99999999999999999999', 'a b:1', '[::1]:11211'])(
    'since there is no such address as %s',
    async (address) => {
      const outcome = await ping(address);
      expect(outcome).toMatchObject(UNREACHABLE);
      expect(String(outcome.cause)).toContain(address);
    },
  );

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => {}],
    ['says half a line', saying('VERSION 1.6')],
  ])('and %s, up to the deadline', async (_, answer) => {
    const stub = await startStub(answer);
    const deadline = new AbortController();
    let settled = false;
    const pinging = pingServer(stub.address, 'text', deadline.signal).finally(
      () => (settled = true),
    );
    await until('it is connected', () => stub.open === 1);
    expect(settled).toBe(false);
    deadline.abort();
    await expect(pinging).rejects.toThrow('aborted');
    await until('the connection is closed', () => stub.open === 0);
  });

  it('and the deadline comes while it is being connected to', async () => {
    const stub = await startStub(answerVersion);
    const deadline = new AbortController();
    const pinging = pingServer(`localhost:${stub.port}`, 'text', deadline.signal);
    deadline.abort();
    await expect(pinging).rejects.toThrow('aborted');
  });
});

describe('a Unix socket', () => {
  const path = join(tmpdir(), `nestjs-healthz-${process.pid}.sock:11211`);

  it('is dialled under the very path the client would dial', async () => {
    const stub = await startStub(answerVersion, { path });
    expect(await ping(stub.address)).toEqual(UP);
  });

  it('that does not exist is down', async () => {
    const outcome = await ping(path);
    expect(outcome).toMatchObject(UNREACHABLE);
    expect(String(outcome.cause)).toContain('ENOENT');
  });
});
