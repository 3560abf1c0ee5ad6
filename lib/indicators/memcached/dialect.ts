import type { MemcachedServer } from '../../options/memcached-client.adapter.js';

/** One of memcached's protocols, as far as asking for a version goes. Replies are read as latin1. */
interface Dialect {
  readonly request: Buffer;
  /** Whether there is enough of a reply to tell. */
  isComplete(reply: string): boolean;
  isVersion(reply: string): boolean;
}

export type DialectName = NonNullable<MemcachedServer['dialect']>;

const HEADER_BYTES = 24;
const REQUEST_MAGIC = 0x80;
const RESPONSE_MAGIC = '\x81';
const VERSION = 0x0b;
const SUCCESS = '\0\0';

const hasLine = (reply: string) => reply.includes('\n');

/**
 * A server with SASL answers nothing to text, and one that takes text alone nothing to binary: neither
 * may be asked in both.
 */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
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
