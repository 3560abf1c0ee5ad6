import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

// A port that takes a connection of the same machine does so in well under this.
const SILENCE_MS = 500;

const LISTEN = `
  const server = require('node:net').createServer();
  server.listen({ port: Number(process.argv[1]), host: '127.0.0.1', backlog: 1 }, () => {
    process.kill(process.pid, 'SIGSTOP');
  });
`;

/** A port of 127.0.0.1 that drops every SYN: somebody listens, accepts nobody, and the queue is full. */
export class BlackHole {
  private readonly fillers: Socket[] = [];

  private constructor(private readonly child: ChildProcess) {}

  static async open(port: number): Promise<BlackHole> {
    const hole = new BlackHole(spawn(process.execPath, ['-e', LISTEN, `${port}`]));
    while (await hole.fill(port)) {
      // One more place in the queue is taken.
    }
    return hole;
  }

  async close(): Promise<void> {
    for (const filler of this.fillers) filler.destroy();
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  /** Whether the port still took a connection, or refused it since nobody listens yet. */
  private fill(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      this.fillers.push(socket);
      const timer = setTimeout(() => resolve(false), SILENCE_MS);
      const heard = () => {
        clearTimeout(timer);
        resolve(true);
      };
      socket.on('error', heard).on('connect', heard);
    });
  }
}
