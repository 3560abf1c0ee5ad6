import { once } from 'node:events';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { findBinary } from './binary.js';
import { freePort } from './free-port.js';
import { type ServerCommand, ServerProcess } from './process.js';

const REQUEST_DEADLINE_MS = 2_000;

/** A real Redis. */
export class RedisServer extends ServerProcess {
  // A link to a program that has several names.
  readonly #redis = join(dirname(findBinary('redis-server', 'redis-server')), 'redis-server');

  protected async answers(): Promise<boolean> {
    const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
    const socket = connect({ host: '127.0.0.1', port: this.port, signal });
    socket.write('PING\r\n');
    const [reply = ''] = (await once(socket, 'data').catch(() => [])) as unknown[];
    socket.destroy();
    return String(reply).startsWith('+PONG');
  }

  protected command(): ServerCommand {
    const settings = { bind: '127.0.0.1', port: this.port, dir: this.dir, save: '' };
    return {
      file: this.#redis,
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]),
      stopSignal: 'SIGTERM',
    };
  }
}

/** Starts a separate Redis for the test. */
export async function startRedis(): Promise<RedisServer> {
  const server = new RedisServer(await freePort());
  await server.start();
  return server;
}
