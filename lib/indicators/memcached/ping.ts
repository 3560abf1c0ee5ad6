import { Socket } from 'node:net';
import { onAbort } from '../../checks/deadline.js';
import type { Outcome } from '../../checks/outcome.js';
import { CACHE, INVALID_RESPONSE } from '../../health.messages.js';
import { reasonOf } from '../../redaction/reason.js';
import { type DialectName, DIALECTS } from './dialect.js';
import { lastAddress, lookUp, rememberAddress, sharedLookup } from './shared-lookup.js';

// A version has some twenty bytes; whatever is longer is no memcached.
const MAX_REPLY_BYTES = 1024;
// What a server at its limit of connections tells a new one before it closes it.
const AT_LIMIT = 'ERROR Too many open connections';

/**
 * Asks one memcached server for its version on a separate socket, which is closed whatever comes of it.
 * Not through the app's client: 100 probes of a hung server left it one socket with 100 pending
 * queries, and probes of a refusing one made it give the server up for 5 hours.
 *
 * A host name that has answered is dialled by that address while it is looked up again: the client
 * works on its connections when the resolver fails, and so must the probe.
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
  const endpoint = endpointOf(address);
  try {
    const reply = await askAtLastAddress(endpoint, dialect, signal);
    if (DIALECTS[dialect].isVersion(reply)) {
      return { status: 'up' };
    }
    const message = firstLine(reply) === AT_LIMIT ? CACHE.full : INVALID_RESPONSE;
    return { status: 'down', message, cause: failure(address, quote(reply)) };
  } catch (error) {
    signal.throwIfAborted();
    return { status: 'down', message: CACHE.unreachable, cause: failure(address, error) };
  }
}

type Endpoint = { readonly path: string } | { readonly host: string; readonly port: number };

function endpointOf(address: string): Endpoint {
  const colon = address.lastIndexOf(':');
  return address.startsWith('/')
    ? { path: address }
    : { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

async function askAtLastAddress(
  endpoint: Endpoint,
  dialect: DialectName,
  signal: AbortSignal,
): Promise<string> {
  const host = 'host' in endpoint ? endpoint.host : undefined;
  const last = host === undefined ? undefined : lastAddress(host);
  if (last === undefined) return ask(endpoint, dialect, signal);
  const attempt = new AbortController();
  const callOff = onAbort(signal, () => attempt.abort(signal.reason));
  const atLast = ask({ ...endpoint, host: last }, dialect, attempt.signal);
  // The server may have moved, and its old address be silent: the first answer counts.
  const atCurrent = unlessAborted(lookUp(host!), attempt.signal).then((addresses) =>
    addresses.length && !addresses.includes(last) ? ask(endpoint, dialect, attempt.signal) : atLast,
  );
  try {
    return await Promise.any([atLast, atCurrent]);
  } catch (error) {
    signal.throwIfAborted();
    throw (error as AggregateError).errors.at(-1);
  } finally {
    callOff();
    attempt.abort();
  }
}

/** A look-up cannot be cancelled: at the deadline it is no longer waited for. */
const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const callOff = onAbort(signal, () => reject(signal.reason as Error));
    work.then(resolve, reject).finally(callOff);
  });

/** The reply, or as much of it as is read. */
async function ask(endpoint: Endpoint, dialect: DialectName, signal: AbortSignal): Promise<string> {
  const { request, isComplete } = DIALECTS[dialect];
  // Not `net.connect`: its handle is lost when it throws, as it does for a port out of range.
  const socket = new Socket();
  try {
    return await new Promise((resolve, reject) => {
      let reply = '';
      socket
        .connect({ ...endpoint, lookup: sharedLookup })
        .setEncoding('latin1')
        .on('connect', () => socket.write(request))
        .on('data', (chunk) => {
          reply += String(chunk);
          if (isComplete(reply) || reply.length > MAX_REPLY_BYTES) {
            if ('host' in endpoint) rememberAddress(endpoint.host, socket.remoteAddress);
            resolve(reply);
          }
        })
        .on('error', reject)
        .on('close', () => reject(new Error('closed before it answered')));
      onAbort(signal, () => reject(signal.reason as Error));
    });
  } finally {
    socket.destroy();
  }
}

const firstLine = (reply: string) => (reply.split('\n', 1)[0] ?? '').trimEnd();

// JSON leaves the control characters above ASCII as they are, and a terminal may obey those too.
const quote = (reply: string) =>
  `answered ${JSON.stringify(firstLine(reply).slice(0, 80)).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  )}`;

const failure = (address: string, reason: unknown): string => `${address}: ${reasonOf(reason)}`;
