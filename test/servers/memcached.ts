import { once } from 'node:events';
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
  readonly #env: NodeJS.ProcessEnv;

  constructor(port: number, args: string[], env: NodeJS.ProcessEnv) {
    super(port);
    this.#args = args;
    this.#env = env;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** How many connections clients have at the moment. A closed one may be counted a little longer. */
  async currConnections(): Promise<number> {
    const count = /^STAT curr_connections (\d+)/m.exec(await this.#request('stats'))?.[1];
    return Number(count) - 1; // the one that asks
  }

  /** By taking a connection: one that wants a password, or speaks binary alone, answers nothing. */
  protected async answers(): Promise<boolean> {
    const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
    const socket = connect({ host: '127.0.0.1', port: this.port, signal });
    const heard = await once(socket, 'connect').catch(() => null);
    socket.destroy();
    return heard !== null;
  }

  protected command(): ServerCommand {
    return {
      file: this.#memcached,
      args: ['-l', '127.0.0.1', '-p', `${this.port}`, '-U', '0', ...this.#args],
      // upon SIGTERM it goes on answering until its clock next ticks, once a second, for no benefit:
      // it has nothing to save, and its clients see their connections closed either way
      stopSignal: 'SIGKILL',
      env: this.#env,
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

/** Starts a memcached of its own for the test, with arguments and variables of memcached's on top. */
export async function startMemcached(
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<MemcachedServer> {
  const server = new MemcachedServer(await freePort(), args, env);
  await server.start();
  return server;
}
