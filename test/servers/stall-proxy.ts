import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import { freePort } from './free-port.js';

/**
 * What a proxy does to every connection, existing and new:
 * - `forward`: both directions;
 * - `stall`: keeps it open and forwards nothing, as a network that loses every packet would; upon
 *   `forward`, what was held back goes on;
 * - `reset`: ends it by RST;
 * - `close`: ends it towards the server, and towards the client by FIN.
 */
export type ProxyMode = 'forward' | 'stall' | 'reset' | 'close';

/** One direction of a connection: a queue, so that nothing overtakes what is held or delayed. */
class Relay {
  readonly #to: Socket;
  readonly #delayMs: () => number;
  readonly #queue: { due: number; pass: () => void }[] = [];
  #open = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, delayMs: () => number) {
    this.#to = to;
    this.#delayMs = delayMs;
    from.on('data', (data) => this.#push(() => this.#to.write(data)));
    from.on('end', () => this.#push(() => this.#to.end()));
    from.on('error', () => this.#push(() => this.#to.resetAndDestroy()));
  }

  open(): void {
    this.#open = true;
    this.#flush();
  }

  hold(): void {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  #push(pass: () => void): void {
    this.#queue.push({ due: performance.now() + this.#delayMs(), pass });
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    while (this.#open) {
      const [next] = this.#queue;
      if (!next) return;
      const waitMs = next.due - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), waitMs);
        return;
      }
      this.#queue.shift();
      next.pass();
    }
  }
}

/** Ends every connection once the server has sent so many packets on it. */
export interface Cut {
  after: number;
  mode: 'reset' | 'close';
}

interface LinkSettings {
  delayMs: () => number;
  cut: () => Cut | undefined;
}

/** A client's connection and the one made to the server for it. */
class Link {
  readonly #client: Socket;
  readonly #server = new Socket({ allowHalfOpen: true });
  readonly #relays: Relay[];
  readonly #targetPort: number;
  #dialled = false;
  #settled = false;

  constructor(client: Socket, targetPort: number, { delayMs, cut }: LinkSettings) {
    this.#client = client;
    this.#targetPort = targetPort;
    this.#server.setNoDelay();
    this.#relays = [
      new Relay(client, this.#server, () => 0),
      new Relay(this.#server, client, delayMs),
    ];
    let answers = 0;
    this.#server.on('data', () => {
      answers += 1;
      const { after = Infinity, mode } = cut() ?? {};
      if (answers >= after && mode) this.apply(mode);
    });
  }

  /** Calls `gone` when both connections are closed; that to the server may never have been made. */
  onGone(gone: () => void): void {
    const look = () => {
      if (this.#client.closed && (this.#server.closed || !this.#dialled)) gone();
    };
    this.#client.once('close', look);
    this.#server.once('close', look);
  }

  apply(mode: ProxyMode): void {
    if (this.#settled) return;
    if (mode === 'forward') this.#forward();
    else this.#hold();
    if (mode === 'reset' || mode === 'close') this.#finish(mode);
  }

  /** Stalls it for ever. */
  blackhole(): void {
    this.#hold();
    this.#settled = true;
  }

  destroy(): void {
    this.#settled = true;
    this.#hold();
    this.#client.destroy();
    this.#server.destroy();
  }

  /** Connects to the server only now, so that it does not see the connection of a stalled client that has left. */
  #forward(): void {
    if (!this.#dialled && this.#client.readableEnded) {
      this.destroy();
      return;
    }
    if (!this.#dialled) this.#server.connect(this.#targetPort, '127.0.0.1');
    this.#dialled = true;
    for (const relay of this.#relays) relay.open();
  }

  #hold(): void {
    for (const relay of this.#relays) relay.hold();
  }

  #finish(mode: 'reset' | 'close'): void {
    this.#settled = true;
    this.#server.destroy();
    if (mode === 'reset') this.#client.resetAndDestroy();
    else this.#client.end();
  }
}

/** A TCP proxy that can do to connections what a bad network or a dying peer does. */
export class StallProxy {
  readonly port: number;
  /** Latency added to what the server sends. */
  delayMs = 0;
  /** In the middle of which exchange connections end. */
  cut: Cut | undefined;
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  #connections = 0;
  #mode: ProxyMode = 'forward';

  constructor(port: number, targetPort: number) {
    this.port = port;
    this.#listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#count(client);
      const link = new Link(client, targetPort, {
        delayMs: () => this.delayMs,
        cut: () => this.cut,
      });
      this.#links.add(link);
      link.onGone(() => this.#links.delete(link));
      link.apply(this.#mode);
    });
  }

  get mode(): ProxyMode {
    return this.#mode;
  }

  set mode(mode: ProxyMode) {
    this.#mode = mode;
    for (const link of this.#links) link.apply(mode);
  }

  /** How many clients are connected and have not closed their end. */
  get connections(): number {
    return this.#connections;
  }

  /** Stalls the connections of this moment for ever, whatever the mode; new ones are not affected. */
  blackholeExisting(): void {
    for (const link of this.#links) link.blackhole();
  }

  async listen(): Promise<void> {
    this.#listener.listen(this.port, '127.0.0.1');
    await once(this.#listener, 'listening');
  }

  /** Ends everything: from now on a connection is refused. */
  async close(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const link of this.#links) link.destroy();
    await closed;
  }

  #count(client: Socket): void {
    let connected = true;
    this.#connections += 1;
    const left = () => {
      if (connected) this.#connections -= 1;
      connected = false;
    };
    client.once('end', left).once('close', left);
  }
}

/** Starts a proxy in front of a port of 127.0.0.1, in the mode `forward`. */
export async function startProxy(targetPort: number): Promise<StallProxy> {
  const proxy = new StallProxy(await freePort(), targetPort);
  await proxy.listen();
  return proxy;
}
