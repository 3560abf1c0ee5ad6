import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { controlledCheck, GRACE_MS, timedOut } from './runs.js';

const TIMEOUT_MS = 100;

/** Replies to each byte in a worker thread, and signals the reply: this thread will be blocked. */
const SERVER = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () =>
      socket.write('up', () => {
        Atomics.store(workerData, 0, 1);
        Atomics.notify(workerData, 0);
      }),
    );
  }).listen(0, '127.0.0.1', function () {
    parentPort.postMessage(this.address().port);
  });
`;

const replied = new Int32Array(new SharedArrayBuffer(4));
let server: Worker;
let port: number;

beforeAll(async () => {
  server = new Worker(SERVER, { eval: true, workerData: replied });
  [port] = (await once(server, 'message')) as [number];
});
afterAll(() => server.terminate());

function blockUntil(time: number): void {
  while (performance.now() < time);
}

/** Sends a byte, then blocks the event loop past all deadlines. */
async function sendAndBlock(socket: Socket, withReply: boolean): Promise<string> {
  const reply = once(socket, 'data').then(String);
  Atomics.store(replied, 0, 0);
  if (withReply) {
    socket.write('?');
    Atomics.wait(replied, 0, 0, 10_000);
  }
  blockUntil(performance.now() + 2 * (TIMEOUT_MS + GRACE_MS));
  return reply;
}

it.each([
  ['a reply that has arrived counts', true, 'up'],
  ['a check without a reply times out', false, timedOut(TIMEOUT_MS)],
])('when the event loop was blocked past the deadline, %s', async (_, withReply, expected) => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    const { check } = controlledCheck({
      timeoutMs: TIMEOUT_MS,
      run: ({ signal }) => {
        signal.addEventListener('abort', () => socket.destroy(new Error('deadline')));
        return sendAndBlock(socket, withReply);
      },
    });
    expect(await check.run()).toEqual(expected);
  } finally {
    socket.destroy();
  }
});

const hang = () => new Promise<string>(() => {});

it('a check that hangs times out although the event loop is blocked repeatedly', async () => {
  const { check } = controlledCheck({ timeoutMs: TIMEOUT_MS, run: hang });
  const startedAt = performance.now();
  const block = setInterval(() => blockUntil(performance.now() + 200), 1);
  const outcome = await check.run();
  clearInterval(block);
  expect(outcome).toEqual(timedOut(TIMEOUT_MS));
  // Blocked time extends the deadline by at most 1 s. On a busy machine each block takes longer, and more follow.
  expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + GRACE_MS + 1_000 + 5 * 250);
});

it('a check has its whole timeout after a block longer than any extension', async () => {
  const { check } = controlledCheck({
    timeoutMs: TIMEOUT_MS,
    async run() {
      blockUntil(performance.now() + 1_500);
      await pause(TIMEOUT_MS / 2);
      return 'up';
    },
  });
  expect(await check.run()).toBe('up');
});

it('an aborted run keeps its own outcome when the event loop is blocked during the grace', async () => {
  const { check } = controlledCheck({
    timeoutMs: TIMEOUT_MS,
    run: ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          blockUntil(performance.now() + 2 * GRACE_MS);
          setImmediate(() => setImmediate(resolve, 'the pool is busy'));
        });
      }),
  });
  expect(await check.run()).toBe('the pool is busy');
});
