import type { MemcachedServer } from '../../options/memcached-client.adapter.js';

/** The version request of one of memcached's protocols. Replies are read as latin1. */
interface Protocol {
  readonly request: Buffer;
  /** Whether the reply has all that `isVersion` reads. */
  isComplete(reply: string): boolean;
  isVersion(reply: string): boolean;
}

export type ProtocolName = NonNullable<MemcachedServer['protocol']>;

const HEADER_BYTES = 24;
const REQUEST_MAGIC = 0x80;
const RESPONSE_MAGIC = '\x81';
const VERSION = 0x0b;
const SUCCESS = '\0\0';

const hasLine = (reply: string) => reply.includes('\n');

/**
 * A server with SASL does not respond to text, and a server with text only does not respond to binary: a
 * ping must use the client's protocol.
 */
export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  text: {
    request: Buffer.from('version\r\n'),
    isComplete: hasLine,
    isVersion: (reply) => reply.startsWith('VERSION '),
  },
  binary: {
    request: Buffer.concat([Buffer.from([REQUEST_MAGIC, VERSION])], HEADER_BYTES),
    isComplete: (reply) =>
      // A line all the same when the server has no room for another connection.
      reply.startsWith(RESPONSE_MAGIC) ? reply.length >= HEADER_BYTES : hasLine(reply),
    isVersion: (reply) =>
      reply.length >= HEADER_BYTES &&
      reply.startsWith(RESPONSE_MAGIC + String.fromCharCode(VERSION)) &&
      reply.slice(6, 8) === SUCCESS,
  },
};
