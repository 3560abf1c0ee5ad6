import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}
interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}
type Waiting = { resolve(value: unknown): void; reject(error: Error): void };

/** What runs the child: Node as it is, with options, or under something else. */
export type Runtime = Pick<ForkOptions, 'execPath' | 'execArgv'>;

/** A separate process that answers calls: a server under test, or the load on it. */
export class Child {
  private readonly waiting = new Map<number, Waiting>();
  private called = 0;

  private constructor(private readonly process: ChildProcess) {
    process.on('message', ({ id, value, error }: Answer) => {
      const { resolve, reject } = this.waiting.get(id) ?? {};
      this.waiting.delete(id);
      if (error === undefined) resolve?.(value);
      else reject?.(new Error(error));
    });
    process.on('exit', (code) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`child ended: ${code}`));
    });
  }

  static start(file: URL, args: readonly string[] = [], runtime: Runtime = {}): Child {
    const { execPath, execArgv = [] } = runtime;
    return new Child(fork(fileURLToPath(file), args, { execPath, execArgv, stdio: 'inherit' }));
  }

  call<T>(name: string, argument?: unknown): Promise<T> {
    const id = ++this.called;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.process.send({ id, name, argument } satisfies Question);
    });
  }

  stop(): void {
    this.process.kill('SIGKILL');
  }

  /** Lets it end. */
  async end(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.disconnect();
    await ended;
  }
}

/** In the child: the handler of each call. It ends with the process that calls. */
export function answer(handlers: Record<string, (argument: never) => unknown>): void {
  process.on('message', async ({ id, name, argument }: Question) => {
    const reply = (message: Omit<Answer, 'id'>) => process.send?.({ id, ...message });
    try {
      reply({ value: await handlers[name]?.(argument as never) });
    } catch (error) {
      reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}
