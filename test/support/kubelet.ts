import { request } from 'node:http';
import { setTimeout as pass } from 'node:timers/promises';

const PROBES = { live: '/healthz', started: '/startupz', ready: '/readiness' };
const PERIOD_MS = 50;

export interface Sight {
  readonly live: string;
  readonly started: string;
  readonly ready: string;
}

/** What a kubelet hears: it asks with GET, on a new connection each time, and waits so long. */
function ask(port: number, path: string, timeoutSeconds: number): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'user-agent': 'kube-probe/1.33', accept: '*/*', connection: 'close' };
    const outgoing = request({ port, path, host: '127.0.0.1', agent: false, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk) => (body += String(chunk)));
      answer.on('end', () => resolve(`${answer.statusCode} ${body}`));
    });
    outgoing.setTimeout(timeoutSeconds * 1000, () => outgoing.destroy(new Error('timed out')));
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    outgoing.end();
  });
}

/** Asks all probes of a port over and over, and keeps every change. */
export class Kubelet {
  readonly timeline: Sight[] = [];
  private stopped = false;
  private readonly ended: Promise<void>;

  constructor(
    private readonly port: number,
    private readonly timeoutSeconds: number,
  ) {
    this.ended = this.watch();
  }

  get last(): Sight | undefined {
    return this.timeline.at(-1);
  }

  /** Every line once, in order: `live, started, ready`. */
  get story(): string[] {
    return this.timeline.map(({ live, started, ready }) => `${live} | ${started} | ${ready}`);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.ended;
  }

  private async watch(): Promise<void> {
    while (!this.stopped) {
      const [live = '', started = '', ready = ''] = await Promise.all(
        Object.values(PROBES).map((path) => ask(this.port, path, this.timeoutSeconds)),
      );
      const sight = { live, started, ready };
      if (JSON.stringify(sight) !== JSON.stringify(this.last)) this.timeline.push(sight);
      await pass(PERIOD_MS);
    }
  }
}
