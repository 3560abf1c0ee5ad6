import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { childOptions } from './account.js';
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

/** A memcached that wants a user and a password, and speaks binary alone. */
export class SaslMemcachedServer extends MemcachedServer {
  readonly username = 'app';
  /** Distinctive, so that a test can search for it where it must not appear. */
  readonly password = 'memcached-secret';

  constructor(port: number) {
    super(port, ['-S'], {});
  }

  override async start(): Promise<void> {
    const database = join(this.dir, 'sasldb2');
    const settings = [
      'mech_list: plain',
      'pwcheck_method: auxprop',
      'auxprop_plugin: sasldb',
      `sasldb_path: ${database}`,
    ];
    writeFileSync(join(this.dir, 'memcached.conf'), settings.join('\n'), { mode: 0o644 });
    const saslpasswd2 = findBinary('saslpasswd2', 'sasl2-bin libsasl2-modules');
    // the realm memcached looks in is the name of the machine
    const args = ['-p', '-c', '-a', 'memcached', '-u', hostname(), '-f', database, this.username];
    execFileSync(saslpasswd2, args, { ...childOptions(this.dir), input: this.password });
    await super.start();
  }

  protected override command(): ServerCommand {
    return { ...super.command(), env: { SASL_CONF_PATH: this.dir } };
  }
}

/** Starts a {@link SaslMemcachedServer} of its own for the test. */
export async function startSaslMemcached(): Promise<SaslMemcachedServer> {
  const server = new SaslMemcachedServer(await freePort());
  await server.start();
  return server;
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
