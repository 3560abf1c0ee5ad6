import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort, until } from '../servers/index.js';
import { fetchText } from './request.js';

const MAIN = fileURLToPath(new URL('../../dist/sample-app/main.js', import.meta.url));
const START_MS = 60_000;
const END_MS = 20_000;

/** The built sample app in a process of its own, as in a container. */
export class SampleApp {
  private output = '';

  private constructor(
    readonly port: number,
    readonly probePort: number,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data) => (this.output += String(data)));
    }
  }

  /** Started, but not more than that. Ports of its own unless `env` has some. */
  static async spawn(env: Record<string, string | number> = {}): Promise<SampleApp> {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: npm run build`);
    const ports = { PORT: await freePort(), PROBE_PORT: await freePort() };
    const all = { ...ports, ...env };
    const child = spawn(process.execPath, [MAIN], {
      env: {
        ...process.env,
        ...Object.fromEntries(Object.entries(all).map(([k, v]) => [k, `${v}`])),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new SampleApp(Number(all.PORT), Number(all.PROBE_PORT), child);
  }

  async ready(): Promise<void> {
    const isReady = () =>
      fetchText(this.port, '/readiness').then(
        (said) => said === '200 OK',
        () => this.hasEnded(),
      );
    await until('the sample app is ready', isReady, START_MS).catch((cause) => {
      throw new Error(`the sample app said: ${this.output}`, { cause });
    });
    if (this.hasEnded()) throw new Error(`the sample app has ended; it said: ${this.output}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** How it ended: its exit code, or the signal. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    if (!this.hasEnded()) await once(this.child, 'exit', { signal: AbortSignal.timeout(END_MS) });
    return this.child.exitCode ?? this.child.signalCode;
  }

  /** For the end of a test, whatever became of it. */
  async dispose(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
