import { Socket } from 'node:net';
import { onAbort } from '../../checks/deadline.js';
import type { Outcome } from '../../checks/outcome.js';
import { CACHE, INVALID_RESPONSE } from '../../health.messages.js';
import { reasonOf } from '../../redaction/reason.js';
import { type ProtocolName, PROTOCOLS } from './protocol.js';
import {
  forgetAddress,
  lastAddress,
  lookUp,
  rememberAddress,
  sharedLookup,
} from './shared-lookup.js';

// A version has about twenty bytes: a longer reply is not one of memcached.
const MAX_REPLY_BYTES = 1024;
// A server at its limit of connections sends this to a new one, and closes it.
const AT_LIMIT = 'ERROR Too many open connections';

/**
 * Requests the version of one memcached server on a separate socket, which is closed in any case. Not
 * through the app's client: 100 probes of a hung server left one socket of it with 100 pending queries,
 * and probes of a refusing server made it mark the server dead for 5 hours.
 *
 * The last address of a host that responded is dialled while the host is looked up again: the client goes
 * on with its connections when the resolver fails, and so must the ping.
 *
 * @param address as the client dials it
 * @param protocol of the client
 * @param signal aborts at the deadline; the ping then rejects
 */
export async function pingServer(
  address: string,
  protocol: ProtocolName,
  signal: AbortSignal,
): Promise<Outcome> {
  const endpoint = endpointOf(address);
  try {
    const reply = await pingLastAddress(endpoint, protocol, signal);
    if (PROTOCOLS[protocol].isVersion(reply)) {
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

async function pingLastAddress(
  endpoint: Endpoint,
  protocol: ProtocolName,
  signal: AbortSignal,
): Promise<string> {
  const host = 'host' in endpoint ? endpoint.host : '';
  const last = lastAddress(host);
  if (last === undefined) return exchange(endpoint, protocol, signal);
  const attempt = new AbortController();
  const cleanUp = onAbort(signal, () => attempt.abort(signal.reason));
  const atLast = exchange({ ...endpoint, host: last }, protocol, attempt.signal);
  const dialAnew = () => exchange(endpoint, protocol, attempt.signal);
  // The server may have moved, and its old address may be silent: the first reply counts.
  const atCurrent = unlessAborted(lookUp(host), attempt.signal).then((addresses) => {
    if (addresses.length && !addresses.includes(last)) return dialAnew();
    if (addresses.length < 2) return atLast;
    return atLast.catch((error: unknown) => {
      // Others have this name: a new connection of the client may get one of them.
      forgetAddress(host);
      if (attempt.signal.aborted) throw error;
      return dialAnew();
    });
  });
  try {
    return await Promise.any([atLast, atCurrent]);
  } catch (error) {
    signal.throwIfAborted();
    throw (error as AggregateError).errors.at(-1);
  } finally {
    cleanUp();
    attempt.abort();
  }
}

/** A look-up cannot be cancelled: at the deadline its result is ignored. */
const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const cleanUp = onAbort(signal, () => reject(signal.reason as Error));
    work.then(resolve, reject).finally(cleanUp);
  });

/** The reply, or as much of it as is read. */
async function exchange(
  endpoint: Endpoint,
  protocol: ProtocolName,
  signal: AbortSignal,
): Promise<string> {
  const { request, isComplete } = PROTOCOLS[protocol];
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
        .on('close', () => reject(new Error('closed without a reply')));
      onAbort(signal, () => reject(signal.reason as Error));
    });
  } finally {
    socket.destroy();
  }
}

const firstLine = (reply: string) => (reply.split('\n', 1)[0] ?? '').trimEnd();

// JSON does not escape the control characters above ASCII, which a terminal may execute too.
const quote = (reply: string) =>
  `answered ${JSON.stringify(firstLine(reply).slice(0, 80)).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  )}`;

const failure = (address: string, reason: unknown): string => `${address}: ${reasonOf(reason)}`;
