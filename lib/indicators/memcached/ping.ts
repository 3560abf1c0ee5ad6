import { Socket } from 'node:net';
import { onAbort } from '../../checks/deadline.js';
import type { Outcome } from '../../checks/outcome.js';
import { CACHE, INVALID_RESPONSE } from '../../health.messages.js';
import { reasonOf } from '../../redaction/reason.js';
import { type DialectName, DIALECTS } from './dialect.js';
import { sharedLookup } from './shared-lookup.js';

// A version has some twenty bytes; whatever is longer is no memcached.
const MAX_REPLY_BYTES = 1024;
// What a server at its limit of connections tells a new one before it closes it.
const AT_LIMIT = 'ERROR Too many open connections';

/**
 * Asks one memcached server for its version, on a socket of its own which is gone at the end,
 * whatever the end. Not through the app's client: 100 probes of a hung server left it one socket with
 * 100 pending queries for ever, and probes of a refusing one made it give the server up for 5 hours.
 *
 * @param address as the client dials it
 * @param dialect in which the client speaks to it
 * @param signal aborts at the deadline; the ping then rejects
 */
export async function pingServer(
  address: string,
  dialect: DialectName,
  signal: AbortSignal,
): Promise<Outcome> {
  // Not by `net.connect`, whose handle is lost when it throws, as it does for a port out of range.
  const socket = new Socket();
  try {
    socket.connect({ ...endpointOf(address), lookup: sharedLookup });
    const reply = await ask(socket, dialect, signal);
    if (DIALECTS[dialect].isVersion(reply)) {
      return { status: 'up' };
    }
    const message = firstLine(reply) === AT_LIMIT ? CACHE.full : INVALID_RESPONSE;
    return { status: 'down', message, cause: failure(address, quote(reply)) };
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

/** The reply, as far as it tells, or as much of it as is read. */
function ask(socket: Socket, dialect: DialectName, signal: AbortSignal): Promise<string> {
  const { request, isComplete } = DIALECTS[dialect];
  return new Promise((resolve, reject) => {
    let reply = '';
    socket
      .setEncoding('latin1')
      .on('connect', () => socket.write(request))
      .on('data', (chunk) => {
        reply += String(chunk);
        if (isComplete(reply) || reply.length > MAX_REPLY_BYTES) resolve(reply);
      })
      .on('error', reject)
      .on('close', () => reject(new Error('closed before it answered')));
    onAbort(signal, () => reject(signal.reason as Error));
  });
}

const firstLine = (reply: string) => (reply.split('\n', 1)[0] ?? '').trimEnd();

// JSON leaves the control characters above ASCII as they are, and a terminal may obey those too.
const quote = (reply: string) =>
  `answered ${JSON.stringify(firstLine(reply).slice(0, 80)).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  )}`;

const failure = (address: string, reason: unknown): string => `${address}: ${reasonOf(reason)}`;
