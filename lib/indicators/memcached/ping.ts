import { Socket } from 'node:net';
import type { Outcome } from '../../checks/report.js';
import { CACHE, INVALID_RESPONSE } from '../../health.messages.js';
import { sharedLookup } from './lookup.js';

// A version line has some twenty bytes; whatever is longer is no memcached.
const MAX_REPLY_BYTES = 1024;
// What a server at its limit of connections tells a new one before it closes it.
const AT_LIMIT = 'ERROR Too many open connections';

/**
 * Asks one memcached server for its version, on a socket of its own which is gone at the end,
 * whatever the end. Not through the app's client: 100 probes of a hung server left it one socket with
 * 100 pending queries for ever, and probes of a refusing one made it give the server up for 5 hours.
 *
 * @param address as the client dials it
 * @param signal aborts at the deadline; the ping then rejects
 */
export async function pingServer(address: string, signal: AbortSignal): Promise<Outcome> {
  // Not by `net.connect`, whose handle is lost when it throws, as it does for a port out of range.
  const socket = new Socket();
  try {
    socket.connect({ ...endpointOf(address), lookup: sharedLookup });
    const line = await ask(socket, 'version\r\n', signal);
    if (line.startsWith('VERSION ')) {
      return { status: 'up' };
    }
    const message = line === AT_LIMIT ? CACHE.full : INVALID_RESPONSE;
    return { status: 'down', message, cause: failure(address, quote(line)) };
  } catch (error) {
    signal.throwIfAborted();
    return { status: 'down', message: CACHE.unreachable, cause: failure(address, error) };
  } finally {
    socket.destroy();
  }
}

function endpointOf(address: string): { path: string } | { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return address.startsWith('/')
    ? { path: address }
    : { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/** The first line of the reply, or as much of it as a line may have. */
function ask(socket: Socket, request: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = '';
    socket
      .setEncoding('latin1')
      .on('connect', () => socket.write(request))
      .on('data', (chunk) => {
        reply += String(chunk);
        const end = reply.indexOf('\n');
        if (end >= 0 || reply.length > MAX_REPLY_BYTES) {
          resolve(reply.slice(0, end >= 0 ? end : MAX_REPLY_BYTES).trimEnd());
        }
      })
      .on('error', reject)
      .on('close', () => reject(new Error('closed before it answered')));
    signal.addEventListener('abort', reject);
    socket.on('close', () => signal.removeEventListener('abort', reject));
  });
}

const quote = (line: string) => `answered ${JSON.stringify(line.slice(0, 80))}`;

function failure(address: string, reason: unknown): Error {
  const message = reason instanceof Error ? reason.message : String(reason);
  return new Error(`${address}: ${message}`, { cause: reason });
}
