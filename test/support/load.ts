import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('load.mjs', import.meta.url));

/** Requests by what became of them: a status, or the code of an error. */
export type Outcomes = Readonly<Record<string, number>>;

/** Clients in a process of their own, that ask for a URL until they are stopped. */
export class Load {
  private readonly child: ChildProcess;

  constructor(url: string, clients: number) {
    this.child = fork(SCRIPT, [url, `${clients}`]);
  }

  async stop(): Promise<Outcomes> {
    const told = once(this.child, 'message', { signal: AbortSignal.timeout(10_000) });
    this.child.send('stop');
    const [outcomes] = (await told) as [Outcomes];
    return outcomes;
  }

  dispose(): void {
    this.child.kill('SIGKILL');
  }
}
