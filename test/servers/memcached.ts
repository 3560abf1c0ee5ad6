import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { findBinary } from './binary.js';
import { freePort } from './free-port.js';
import { type ServerCommand, ServerProcess } from './process.js';

const REQUEST_DEADLINE_MS = 2_000;

/** A real memcached. */
export class MemcachedServer extends ServerProcess {
  readonly #memcached = findBinary('memcached', 'memcached');
  readonly #args: string[];

  constructor(port: number, args: string[]) {
    super(port);
    this.#args = args;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** How many connections clients have at the moment. A closed one may be counted a little longer. */
  async currConnections(): Promise<number> {
    const count = /^STAT curr_connections (\d+)/m.exec(await this.#request('stats'))?.[1];
    return Number(count) - 1; // the one that asks
  }

  protected async answers(): Promise<boolean> {
    return this.#request('version').then(
      (answer) => answer.startsWith('VERSION'),
      () => false,
    );
  }

  protected command(): ServerCommand {
    return {
      file: this.#memcached,
      args: ['-l', '127.0.0.1', '-p', `${this.port}`, '-U', '0', ...this.#args],
      // upon SIGTERM it goes on answering until its clock next ticks, once a second, for no benefit:
      // it has nothing to save, and its clients see their connections closed either way
      stopSignal: 'SIGKILL',
    };
  }

  /** The answer to one command, complete when the server has closed the connection as told. */
  async #request(command: string): Promise<string> {
    const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
    const socket = connect({ host: '127.0.0.1', port: this.port, signal });
    socket.write(`${command}\r\nquit\r\n`);
    return text(socket);
  }
}

/** Starts a memcached of its own for the test, with arguments of memcached's on top. */
export async function startMemcached(args: string[] = []): Promise<MemcachedServer> {
  const server = new MemcachedServer(await freePort(), args);
  await server.start();
  return server;
}
