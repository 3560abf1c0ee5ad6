import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { StandInItems } from './stand-in-items.js';
import { converse } from './stand-in-protocol.js';

const MAX_ITEMS_BYTES = 16 * 1024 * 1024;

/**
 * As much of a memcached server as the sample needs where there is none:
 * get, set, delete and version, in this process, on a free port of the loopback address.
 */
export class StandInMemcached {
  private readonly items = new StandInItems(MAX_ITEMS_BYTES);
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor() {
    // Half-open: a client may end its half, and still gets every response.
    const options = { allowHalfOpen: true, noDelay: true };
    this.server = createServer(options, (socket) => void this.serve(socket));
    // An app that failed to start must be able to end.
    this.server.unref();
  }

  static async start(): Promise<StandInMemcached> {
    const standIn = new StandInMemcached();
    standIn.server.listen(0, '127.0.0.1');
    await once(standIn.server, 'listening');
    return standIn;
  }

  get address(): string {
    const { address, port } = this.server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) {
      socket.destroy();
    }
    await closed;
  }

  private async serve(socket: Socket): Promise<void> {
    this.sockets.add(socket);
    try {
      await pipeline(socket, (incoming) => converse(incoming, this.items), socket);
    } catch {
      // The client or close() has ended the connection: nothing can be sent any more.
    } finally {
      socket.destroy();
      this.sockets.delete(socket);
    }
  }
}
