import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { account, childOptions } from './account.js';
import { childrenOf, isGone, isStopped, signal } from './process-tree.js';
import { fastestTmpdir } from './tmpdir.js';
import { until } from './until.js';
import { Watchdog } from './watchdog.js';

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;

/** The command line of a server, and the signal upon which it ends at once but in good order. */
export interface ServerCommand {
  file: string;
  args: string[];
  stopSignal: NodeJS.Signals;
  env?: NodeJS.ProcessEnv;
}

/** A real server on a port of 127.0.0.1, with a directory of its own, at the mercy of the test. */
export abstract class ServerProcess {
  /** The same for the server's whole life, restarts included. */
  readonly port: number;
  /** Removed by {@link dispose}, or else when the test process ends. */
  protected readonly dir: string;
  readonly #watchdog: Watchdog;
  #child: ChildProcess | undefined;

  constructor(port: number) {
    this.port = port;
    this.dir = mkdtempSync(join(fastestTmpdir(), 'nestjs-healthz-'));
    this.#watchdog = new Watchdog(this.dir);
    const { uid, gid } = account;
    if (uid !== undefined && gid !== undefined) chownSync(this.dir, uid, gid);
  }

  protected abstract command(): ServerCommand;

  /** Whether the server answers a request of its protocol. */
  protected abstract answers(): Promise<boolean>;

  /** Whether there is a process, suspended or not. */
  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Starts it, for the first time or again, on the same port and data; ready when this resolves. */
  async start(): Promise<void> {
    if (this.#child) throw new Error('the server is already running');
    this.#spawn();
    try {
      await until(
        'the server answers, or has ended',
        async () => !this.running || (await this.answers()),
        START_DEADLINE_MS,
      );
      if (!this.running) throw new Error('the server has ended');
    } catch (cause) {
      await this.kill();
      throw new Error(`cannot start ${this.command().file}:\n${this.#log()}`, { cause });
    }
  }

  /** Shuts it down in good order, suspended or not; by SIGKILL if that takes too long. */
  async stop(): Promise<void> {
    if (!this.#child) return;
    this.resume();
    const ended = once(this.#child, 'exit', { signal: AbortSignal.timeout(STOP_DEADLINE_MS) });
    this.#child.kill(this.command().stopSignal);
    await ended.catch(() => this.kill());
  }

  /** Ends it, and its children, without any chance to tidy up: what remains is that of a crash. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child?.pid) return;
    await this.suspend(); // or it could replace the children
    const pids = [...childrenOf(child.pid), child.pid];
    const ended = once(child, 'exit');
    for (const pid of pids) signal(pid, 'SIGKILL');
    await ended;
    await until('the children have ended', () => pids.every(isGone));
  }

  /**
   * Freezes it: the kernel still accepts connections and takes bytes, but nobody answers. The main
   * process comes first, so that it cannot start a child that would be missed.
   */
  async suspend(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the server is not running');
    signal(pid, 'SIGSTOP');
    await until('the server is suspended', () => isStopped(pid));
    const children = childrenOf(pid);
    for (const child of children) signal(child, 'SIGSTOP');
    await until('its children are suspended', () => children.every(isStopped));
  }

  /** Ends {@link suspend}; what was asked meanwhile is answered now. */
  resume(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the server is not running');
    for (const each of [...childrenOf(pid), pid]) signal(each, 'SIGCONT');
  }

  /** The end of it all: stops the server and removes its files. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
    this.#watchdog.close();
  }

  #spawn(): void {
    const { file, args, env } = this.command();
    const log = openSync(this.#logFile, 'a');
    const options = childOptions(this.dir);
    const child = spawn(file, args, {
      ...options,
      stdio: ['ignore', log, log],
      env: { ...options.env, ...env },
    });
    closeSync(log);
    const ended = () => {
      this.#child = undefined;
      this.#watchdog.guard(undefined);
    };
    child.once('exit', ended).once('error', ended);
    this.#child = child;
    this.#watchdog.guard(child.pid);
  }

  get #logFile(): string {
    return join(this.dir, 'server.log');
  }

  #log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }
}
