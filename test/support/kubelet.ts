import { request } from 'node:http';
import { setTimeout as pass } from 'node:timers/promises';

const PROBES = { live: '/healthz', started: '/startupz', ready: '/readiness' };
const PERIOD_MS = 50;

export interface ProbeResponses {
  readonly live: string;
  readonly started: string;
  readonly ready: string;
}

/** Sends a probe like a kubelet: GET, a new connection each time, and a timeout. */
function probe(port: number, path: string, timeoutSeconds: number): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'user-agent': 'kube-probe/1.33', accept: '*/*', connection: 'close' };
    const outgoing = request({ port, path, host: '127.0.0.1', agent: false, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk) => (body += String(chunk)));
      answer.on('end', () => resolve(`${answer.statusCode} ${body.trimEnd()}`));
    });
    outgoing.setTimeout(timeoutSeconds * 1000, () => outgoing.destroy(new Error('timed out')));
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    outgoing.end();
  });
}

/** Sends all probes to a port repeatedly, and records every change. */
export class Kubelet {
  readonly timeline: ProbeResponses[] = [];
  private stopped = false;
  private readonly ended: Promise<void>;

  constructor(
    private readonly port: number,
    private readonly timeoutSeconds: number,
  ) {
    this.ended = this.watch();
  }

  get last(): ProbeResponses | undefined {
    return this.timeline.at(-1);
  }

  /** Each change as `live | started | ready`, in order. */
  get lines(): string[] {
    return this.timeline.map(({ live, started, ready }) => `${live} | ${started} | ${ready}`);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.ended;
  }

  private async watch(): Promise<void> {
    while (!this.stopped) {
      const [live = '', started = '', ready = ''] = await Promise.all(
        Object.values(PROBES).map((path) => probe(this.port, path, this.timeoutSeconds)),
      );
      const responses = { live, started, ready };
      if (JSON.stringify(responses) !== JSON.stringify(this.last)) this.timeline.push(responses);
      await pass(PERIOD_MS);
    }
  }
}
