import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestHandler } from './requests.js';

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
type AddListener = (event: string, listener: (...args: any[]) => void) => Server;
interface UpgradeCallback {
  /** From Node 24.9 on. */
  shouldUpgradeCallback?: (request: IncomingMessage) => boolean;
}

/**
 * Handles requests with an `Upgrade` header, which Java's HttpClient and `curl --http2` send, as those
 * without. Once a WebSocket gateway listens for `upgrade`, Node emits that in place of `request`, and
 * the gateway closes the connection of a path that it does not know.
 *
 * Called from `configure()`, when the gateways of the app have added their listeners. It never adds one
 * where there is none: Node would then emit `upgrade` for requests that the app answers.
 *
 * @param isProbe whether `handle` would answer a request
 */
export function refuseUpgrades(
  server: Server,
  isProbe: (request: IncomingMessage) => boolean,
  handle: RequestHandler,
): void {
  const { shouldUpgradeCallback } = server as UpgradeCallback;
  if (shouldUpgradeCallback) {
    (server as UpgradeCallback).shouldUpgradeCallback = (request) =>
      !isProbe(request) && shouldUpgradeCallback.call(server, request);
    return;
  }
  const guard = (listener: UpgradeListener): UpgradeListener => {
    const guarded: UpgradeListener = (request, socket, head) => {
      if (!isProbe(request)) listener.call(server, request, socket, head);
      // The others of the app's listeners get the same event.
      else if (server.rawListeners('upgrade')[0] === guarded) answer(request, socket, handle);
    };
    // `off()` and `listeners()` look here, as they do for `once()`.
    return Object.assign(guarded, { listener });
  };
  for (const name of ['on', 'addListener', 'prependListener'] as const) {
    const add = server[name].bind(server) as AddListener;
    const addGuarded: AddListener = (event, listener) =>
      add(event, event === 'upgrade' ? guard(listener) : listener);
    server[name] = addGuarded as Server['on'];
  }
  const listeners = server.rawListeners('upgrade') as UpgradeListener[];
  server.removeAllListeners('upgrade');
  for (const listener of listeners) server.on('upgrade', listener);
}

/** The response that Node would have created, on a connection that it no longer handles. */
function answer(request: IncomingMessage, socket: Duplex, handle: RequestHandler): void {
  const response = new ServerResponse(request);
  // Node reads no further request from this connection.
  response.shouldKeepAlive = false;
  // A client that resets the connection would end the process.
  socket.on('error', () => {});
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
  response.on('finish', () => {
    response.detachSocket(socket as Parameters<ServerResponse['detachSocket']>[0]);
    // `end()` alone would leave the connection open until the client ends its half too.
    (socket as { destroySoon?(): void }).destroySoon?.();
  });
  handle(request, response);
}
