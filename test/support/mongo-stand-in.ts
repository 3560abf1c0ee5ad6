import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { BSON } from 'mongodb';
import { onTestFinished } from 'vitest';

// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
const HEADER_BYTES = 16;
const MESSAGE = 2013;
const REPLY = 1;
// Ahead of the document: the flags, and what else the reply to a driver's first greeting has.
const PREFIX = {
  [MESSAGE]: Buffer.alloc(5),
  [REPLY]: Buffer.from([...Array<number>(16).fill(0), 1, 0, 0, 0]),
};

const YES = BSON.serialize({
  ok: 1,
  isWritablePrimary: true,
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 25,
});

/**
 * A stand-in for MongoDB, which neither Debian nor npm has: real drivers connect to it, and it says yes
 * to every command and has no data.
 */
export class MongoStandIn {
  /** The names of the commands there have been, without greetings. */
  readonly commands: string[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => this.serve(socket));
  private unanswered: (() => void)[] | undefined;
  private port = 0;

  static async start(): Promise<MongoStandIn> {
    const mongo = new MongoStandIn();
    await mongo.start();
    onTestFinished(() => mongo.stop());
    return mongo;
  }

  get url(): string {
    return `mongodb://127.0.0.1:${this.port}/app`;
  }

  /** On the port it had. */
  async start(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** It takes what comes, and says nothing. */
  suspend(): void {
    this.unanswered ??= [];
  }

  resume(): void {
    for (const answer of this.unanswered ?? []) answer();
    this.unanswered = undefined;
  }

  private serve(socket: Socket): void {
    let received = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= HEADER_BYTES && received.length >= received.readInt32LE()) {
        const length = received.readInt32LE();
        this.hear(received.subarray(0, length), socket);
        received = received.subarray(length);
      }
    });
  }

  private hear(request: Buffer, socket: Socket): void {
    const answer = () => socket.write(replyTo(request));
    if (request.readInt32LE(12) === MESSAGE) {
      const [command] = Object.keys(BSON.deserialize(request.subarray(HEADER_BYTES + 5)));
      if (command !== 'hello') this.commands.push(`${command}`);
    }
    if (this.unanswered) this.unanswered.push(answer);
    else answer();
  }
}

function replyTo(request: Buffer): Buffer {
  const kind = request.readInt32LE(12) === MESSAGE ? MESSAGE : REPLY;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + PREFIX[kind].length + YES.length);
  header.writeInt32LE(request.readInt32LE(4), 8); // whose answer it is
  header.writeInt32LE(kind, 12);
  return Buffer.concat([header, PREFIX[kind], YES]);
}
