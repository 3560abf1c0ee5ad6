import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer } from './child.js';
import type { Load, LoadResult } from './load.js';
import { quantile } from './statistics.js';

/** Whether a response is complete: one with a length, or a chunked one. */
function isComplete(response: string): boolean {
  const head = response.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(response)?.[1];
  return length === undefined
    ? response.endsWith('\r\n0\r\n\r\n')
    : response.length >= head + 4 + Number(length);
}

/** The least a client has to do, so that the servers are what is measured and not this. */
class Client {
  private socket?: Socket;
  private response = '';
  private done?: (answered: boolean) => void;
  private readonly request: string;

  constructor(private readonly load: Load) {
    const connection = load.reconnect ? 'close' : 'keep-alive';
    this.request =
      `GET ${load.path} HTTP/1.1\r\nHost: 127.0.0.1:${load.port}\r\nAccept: */*\r\n` +
      `User-Agent: kube-probe/1.34\r\nConnection: ${connection}\r\n\r\n`;
  }

  send(): Promise<boolean> {
    return new Promise((resolve) => {
      this.done = resolve;
      this.response = '';
      this.socket ??= this.connect();
      this.socket.write(this.request);
    });
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private connect(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.load.port, noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      this.response += String(chunk);
      if (isComplete(this.response)) this.finish(this.response.startsWith('HTTP/1.1 200'));
    });
    const lost = () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      if (this.done) this.finish(false);
    };
    return socket.on('error', () => {}).on('close', lost);
  }

  private finish(answered: boolean): void {
    const { done } = this;
    this.done = undefined;
    if (this.load.reconnect) this.close();
    done?.(answered);
  }
}

async function run(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  let failures = 0;
  const send = async (client: Client) => {
    const from = performance.now();
    if (await client.send()) latencies.push(performance.now() - from);
    else failures += 1;
  };
  const startedAt = performance.now();
  const clients = load.perSecond ? await sendSteadily(load, send) : await sendInTurn(load, send);
  const seconds = (performance.now() - startedAt) / 1000;
  for (const client of clients) client.close();
  latencies.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    seconds,
    failures,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

type Send = (client: Client) => Promise<void>;

async function sendInTurn(load: Load, send: Send): Promise<Client[]> {
  const { forMs, atMost = Infinity } = load;
  const until = performance.now() + forMs;
  const clients = Array.from({ length: load.clients ?? 1 }, () => new Client(load));
  await Promise.all(
    clients.map(async (client) => {
      for (let n = 0; n < atMost && performance.now() < until; n++) await send(client);
    }),
  );
  return clients;
}

/** Nobody waits for anybody else's answer: a server that hangs gets as many requests as one that does not. */
async function sendSteadily(load: Load, send: Send): Promise<Client[]> {
  const { perSecond = 1, forMs } = load;
  const idle: Client[] = [];
  const clients: Client[] = [];
  const sent: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let elapsed = 0; elapsed < forMs; elapsed = performance.now() - startedAt) {
    while (sent.length < (elapsed * perSecond) / 1000) {
      const client = idle.pop() ?? new Client(load);
      if (!clients.includes(client)) clients.push(client);
      sent.push(send(client).then(() => void idle.push(client)));
    }
    await sleep(1);
  }
  await Promise.all(sent);
  return clients;
}

answer({ run });
