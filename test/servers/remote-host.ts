import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { findBinary } from './binary.js';

const run = promisify(execFile);

/** Takes TCP connections and hands them on by a Unix socket, which leads out of a network namespace. */
const RELAY = `
  const { connect, createServer } = require('node:net');
  const [port, path] = process.argv.slice(1);
  createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ path, allowHalfOpen: true });
    client.on('error', () => server.destroy()).pipe(server);
    server.on('error', () => client.destroy()).pipe(client);
  }).listen(port, () => process.stdout.write('listening'));
  process.stdin.on('end', () => process.exit()).resume();
`;

/**
 * A host of the test's own, in a network namespace at the other end of a virtual cable: a port of it
 * leads to the same one of 127.0.0.1 here. Takes root. The namespace, and with it the cable, lives
 * as long as the process in it, which ends with this one.
 */
export class RemoteHost {
  /** Where the port is to be found. */
  readonly address: string;
  private readonly here: string;
  private readonly ours = `ours${process.pid}`;
  private readonly theirs = `theirs${process.pid}`;
  private readonly dir = mkdtempSync(join(tmpdir(), 'nestjs-healthz-'));
  private readonly door: Server;
  private relay?: ChildProcessByStdio<Writable, Readable, null>;

  constructor(private readonly port: number) {
    const subnet = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) % 256}`;
    this.here = `${subnet}.1`;
    this.address = `${subnet}.2`;
    this.door = createServer({ allowHalfOpen: true }, (client) => {
      const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      client.on('error', () => server.destroy()).pipe(server);
      server.on('error', () => client.destroy()).pipe(client);
    });
  }

  async start(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      await this.dispose().catch(() => {});
      throw error;
    }
  }

  private async connect(): Promise<void> {
    const { ours, theirs } = this;
    const path = join(this.dir, 'door');
    await once(this.door.listen(path), 'listening');
    const args = ['--net', process.execPath, '-e', RELAY, `${this.port}`, path];
    this.relay = spawn(findBinary('unshare', 'util-linux'), args, {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(this.relay, 'exit').then(() => {
      throw new Error('cannot make a network namespace, which takes root');
    });
    await Promise.race([once(this.relay.stdout, 'data'), ended]);
    ended.catch(() => {});
    const peer = ['peer', 'name', theirs, 'netns', `${this.relay.pid}`];
    await this.ip('link', 'add', ours, 'type', 'veth', ...peer);
    await this.ip('address', 'add', `${this.here}/30`, 'dev', ours);
    await this.ip('link', 'set', ours, 'up');
    await this.ipThere('address', 'add', `${this.address}/30`, 'dev', theirs);
    await this.plugIn();
    // A neighbour whose address has to be looked up is unreachable when it does not answer, not silent.
    const [, mac = ''] = /link\/ether (\S+)/.exec(await this.ipThere('link', 'show', theirs)) ?? [];
    const how = ['lladdr', mac, 'dev', ours, 'nud', 'permanent'];
    await this.ip('neighbour', 'replace', this.address, ...how);
  }

  /** Loses every packet from now on, in both directions. */
  async pullOut(): Promise<void> {
    await this.ipThere('link', 'set', this.theirs, 'down');
  }

  async plugIn(): Promise<void> {
    await this.ipThere('link', 'set', this.theirs, 'up');
  }

  async dispose(): Promise<void> {
    this.door.close();
    await rm(this.dir, { recursive: true, force: true });
    // Not left to the end of the namespace, which frees the name some time later.
    await this.ip('link', 'delete', this.ours).finally(() => this.relay?.kill('SIGKILL'));
  }

  private async ip(...args: string[]): Promise<string> {
    return (await run(findBinary('ip', 'iproute2'), args)).stdout;
  }

  private async ipThere(...args: string[]): Promise<string> {
    const there = ['--target', `${this.relay?.pid}`, '--net', findBinary('ip', 'iproute2')];
    return (await run(findBinary('nsenter', 'util-linux'), [...there, ...args])).stdout;
  }
}
