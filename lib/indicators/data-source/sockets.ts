import { isIP, type Socket } from 'node:net';
import { onAbort } from '../../checks/deadline.js';

/** Fails the query that is under way on a socket; the driver removes the connection from its pool. */
export function destroySocket(
  socket: Socket | undefined,
  reason = 'destroyed by the health check',
): void {
  socket?.destroy(new Error(reason));
}

/**
 * The name that a socket of the user's (`stream`, as for Google's Cloud SQL) looks up, whatever host the
 * driver was given. Private to Node, set when it dials; without it a look-up is not waited for.
 */
export const dialledName = (socket: Socket | undefined): string | undefined =>
  (socket as { _host?: string | null } | undefined)?._host ?? undefined;

/**
 * The look-up of the host of a connection that is being opened. `getaddrinfo` cannot be cancelled and
 * each takes one of libuv's four threads, so no second one may start while one is under way.
 */
export class HostLookup {
  isRunning: boolean;

  constructor(
    private readonly socket: Socket | undefined,
    host: string | undefined,
  ) {
    this.isRunning = socket !== undefined && host !== undefined && !isIP(host);
    socket?.once('lookup', () => (this.isRunning = false));
  }

  /** Calls `act` as soon as no look-up is under way. */
  whenOver(act: () => void): void {
    if (this.isRunning) this.socket?.once('lookup', act);
    else act();
  }
}

/**
 * Runs a query on a connection that is in no pool, and destroys its socket in any case.
 *
 * @param socket of this moment: with TLS there are two, one after the other
 */
export async function runOutsidePool<T>(
  socket: () => Socket | undefined,
  host: () => string | undefined,
  signal: AbortSignal,
  query: () => Promise<T>,
): Promise<T> {
  const result = query();
  // The query has dialled by now.
  const lookup = new HostLookup(socket(), host());
  const destroy = () => destroySocket(socket());
  const cleanUp = onAbort(signal, () => lookup.whenOver(destroy));
  try {
    return await result;
  } finally {
    cleanUp();
    destroy();
  }
}
