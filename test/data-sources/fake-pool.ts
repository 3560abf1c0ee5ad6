import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { HeldConnection, Pool } from '../../lib/indicators/data-source/connection-pool.js';

/** How the server responds to a new connection and to a query. */
export type ServerState = 'up' | 'hanging' | 'refusing';

interface Request {
  readonly by: 'app' | 'ping';
  resolve(member: Member): void;
  reject(error: Error): void;
}

/** A socket whose owner fails when it is destroyed. */
class FakeSocket extends EventEmitter {
  isDestroyed = false;

  destroy(error: Error): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.emit('destroyed', error);
  }
}

class Member {
  readonly socket = new FakeSocket();
  isOpening = true;
  holder?: 'app' | 'ping';
}

/** The pool of a driver as pg-pool and mysql2 have it, in front of a server that a test sets. */
export class FakePool implements Pool {
  server: ServerState = 'up';
  /** As `waitForConnections: false` of mysql2. */
  refusesToWait = false;
  /** Connections outside the pool that are open. */
  outside = 0;
  mostOutside = 0;
  private closed = false;
  private readonly all = new Set<Member>();
  private readonly queue: Request[] = [];
  private servedCount = 0;
  /** Resumes what waits for a server that hangs. */
  private readonly hanging = new Set<() => void>();

  constructor(readonly size: number) {}

  /** Changes the state of the server; what it kept waiting then succeeds or fails. */
  become(state: ServerState): void {
    this.server = state;
    if (state === 'hanging') return;
    for (const resume of this.hanging) resume();
    this.hanging.clear();
  }

  /** The app acquires a connection; it resolves with a function that releases it. */
  async hold(): Promise<() => void> {
    const member = await this.request('app');
    return () => this.release(member);
  }

  /** Connections that pings hold. */
  get heldByPings(): number {
    return [...this.all].filter(({ holder }) => holder === 'ping').length;
  }

  /** Requests of pings in the wait queue. */
  get queuedByPings(): number {
    return this.queue.filter(({ by }) => by === 'ping').length;
  }

  get opening(): number {
    return [...this.all].filter(({ isOpening }) => isOpening).length;
  }

  close(): void {
    this.closed = true;
  }

  /** Ends the wait of the head of the queue, as `connectionTimeoutMillis` of pg does. */
  timeOutHead(): void {
    const [head] = this.queue.splice(0, 1);
    if (!head) return;
    head.reject(new Error('timeout exceeded when trying to connect'));
  }

  async acquire(): Promise<HeldConnection> {
    const member = await this.request('ping');
    return {
      socket: member.socket as unknown as Socket,
      query: () => this.respond(member.socket),
      release: ({ broken } = { broken: false }) =>
        broken ? this.remove(member) : this.release(member),
    };
  }

  isClosed = () => this.closed;
  members = () => [...this.all];
  inspect(connection: unknown) {
    const { socket, isOpening } = connection as Member;
    return { socket: socket as unknown as Socket, address: 'db:1', isOpening };
  }
  waiters = () => this.queue;
  served = () => this.servedCount;
  end = () => this.close();
  provesAlive = () => false;

  queryOutside() {
    const connection = new Member();
    this.outside += 1;
    this.mostOutside = Math.max(this.mostOutside, this.outside);
    const rows = this.respond(connection.socket).finally(() => (this.outside -= 1));
    return { connection, rows };
  }

  /** Rows, once the server responds. */
  private respond(socket: FakeSocket): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const respond = () => {
        if (this.server === 'up') resolve([{ one: 1 }]);
        else reject(new Error('refused'));
      };
      socket.once('destroyed', reject);
      if (socket.isDestroyed) reject(new Error('destroyed'));
      else if (this.server === 'hanging') this.hanging.add(respond);
      else respond();
    });
  }

  private request(by: Request['by']): Promise<Member> {
    return new Promise((resolve, reject) => {
      const request = { by, resolve, reject };
      this.queue.push(request);
      this.serve();
      if (!this.refusesToWait || !this.queue.includes(request)) return;
      this.queue.pop();
      reject(new Error('no connections available'));
    });
  }

  /** Serves the head of the queue, by an idle connection or a new one. */
  private serve(): void {
    const [head] = this.queue;
    if (!head) return;
    const idle = [...this.all].find(({ isOpening, holder }) => !isOpening && !holder);
    if (!idle && this.all.size >= this.size) return;
    this.queue.shift();
    if (idle) this.give(idle, head);
    else this.open(head);
    this.serve();
  }

  private open(request: Request): void {
    const member = new Member();
    this.all.add(member);
    this.respond(member.socket).then(
      () => {
        member.isOpening = false;
        this.give(member, request);
      },
      (error: Error) => {
        this.remove(member);
        request.reject(error);
      },
    );
  }

  private give(member: Member, { by, resolve }: Request): void {
    member.holder = by;
    this.servedCount += 1;
    resolve(member);
  }

  private release(member: Member): void {
    delete member.holder;
    if (member.socket.isDestroyed) this.all.delete(member);
    this.serve();
  }

  private remove(member: Member): void {
    this.all.delete(member);
    this.serve();
  }
}
