import { beforeEach, describe, expect, it } from 'vitest';
import { pingServer } from '../../lib/indicators/memcached/ping.js';
import { startMemcached, startSaslMemcached, until } from '../servers/index.js';
import { expectNoSocketLeft, isControl, saying, startStub } from './stub.js';

const UP = { status: 'up' };
const UNREACHABLE = { status: 'down', message: 'cannot connect to cache.' };
const INVALID = { status: 'down', message: 'invalid response.' };

const pingBinary = (address: string) => pingServer(address, 'binary', new AbortController().signal);

/** A reply to VERSION, with what the test wants otherwise. */
function reply({ magic = 0x81, opcode = 0x0b, status = 0, body = '1.6.18' } = {}): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt8(magic, 0);
  header.writeUInt8(opcode, 1);
  header.writeUInt16BE(status, 6);
  header.writeUInt32BE(body.length, 8);
  return Buffer.concat([header, Buffer.from(body)]);
}

beforeEach(expectNoSocketLeft);

describe('a ping in binary', () => {
  it.each([
    ['takes both', startMemcached],
    ['wants SASL, without a password', startSaslMemcached],
  ])('a memcached that %s is up', async (_, start) => {
    const server = await start();
    try {
      expect(await pingBinary(server.address)).toEqual(UP);
    } finally {
      await server.dispose();
    }
  });

  it.each([
    ['takes text alone', 'binary', () => startMemcached(['-B', 'ascii'])],
    ['wants SASL', 'text', startSaslMemcached],
  ] as const)(
    'or text is not answered: a memcached that %s says nothing to %s',
    async (_, protocol, start) => {
      const server = await start();
      try {
        const signal = AbortSignal.timeout(300);
        await expect(pingServer(server.address, protocol, signal)).rejects.toThrow('timeout');
      } finally {
        await server.dispose();
      }
    },
  );

  it('sends exactly one request', async () => {
    const requests: Buffer[] = [];
    const stub = await startStub((socket) => {
      socket.on('data', (request) => {
        requests.push(request as Buffer);
        socket.write(reply());
      });
    });
    expect(await pingBinary(stub.address)).toEqual(UP);
    await until('the connection is closed', () => stub.open === 0);
    expect(Buffer.concat(requests).toString('hex')).toBe(`800b${'00'.repeat(22)}`);
  });

  it('a reply that comes byte by byte is read to the end of its header', async () => {
    const stub = await startStub((socket) => {
      socket.setNoDelay();
      socket.once('data', () => {
        let sent = 0;
        const bytes = reply();
        const timer = setInterval(() => socket.write(bytes.subarray(sent, ++sent)), 1);
        socket.once('close', () => clearInterval(timer));
      });
    });
    expect(await pingBinary(stub.address)).toEqual(UP);
  });

  it.each([
    ['an error', reply({ status: 0x20, body: 'Auth failure' })],
    ['another reply', reply({ opcode: 0x0a })],
    ['a request', reply({ magic: 0x80, body: '\n' })],
    ['text', 'VERSION 1.6.18\r\n'],
    ['a mebibyte of zeros', Buffer.alloc(2 ** 20)],
  ])('%s is an invalid response', async (_, said) => {
    const stub = await startStub(saying(said));
    const outcome = await pingBinary(stub.address);
    expect(outcome).toMatchObject(INVALID);
    const message = String(outcome.cause);
    expect(message).toContain(`${stub.address}: answered "`);
    expect([...message].filter(isControl)).toEqual([]);
    await until('the connection is closed', () => stub.open === 0);
  });

  it('a text line means too many connections', async () => {
    const stub = await startStub(saying('ERROR Too many open connections\r\n'));
    expect(await pingBinary(stub.address)).toMatchObject({
      status: 'down',
      message: 'too many connections to cache.',
    });
  });

  it('half a header is no answer when the connection ends', async () => {
    const stub = await startStub((socket) => void socket.end(reply().subarray(0, 23)));
    expect(await pingBinary(stub.address)).toMatchObject(UNREACHABLE);
  });
});
