import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkInHand, GRACE_MS, late } from './runs.js';

const TIMEOUT_MS = 100;

/** Answers every byte on a thread of its own, and says when it has: this one will be blocked. */
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

const answered = new Int32Array(new SharedArrayBuffer(4));
let server: Worker;
let port: number;

beforeAll(async () => {
  server = new Worker(SERVER, { eval: true, workerData: answered });
  [port] = (await once(server, 'message')) as [number];
});
afterAll(() => server.terminate());

function blockUntil(time: number): void {
  while (performance.now() < time);
}

/** Sends the question, then blocks the event loop past every deadline there is. */
async function askAndBlock(socket: Socket, untilAnswered: boolean): Promise<string> {
  const reply = once(socket, 'data').then(String);
  Atomics.store(answered, 0, 0);
  if (untilAnswered) {
    socket.write('?');
    Atomics.wait(answered, 0, 0, 10_000);
  }
  blockUntil(performance.now() + 2 * (TIMEOUT_MS + GRACE_MS));
  return reply;
}

it.each([
  ['an answer that has arrived meanwhile counts', true, 'up'],
  ['no answer is late', false, late(TIMEOUT_MS)],
])('when the event loop was blocked past the deadline, %s', async (_, untilAnswered, expected) => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    const { check } = checkInHand({
      timeoutMs: TIMEOUT_MS,
      run: ({ signal }) => {
        signal.addEventListener('abort', () => socket.destroy(new Error('deadline')));
        return askAndBlock(socket, untilAnswered);
      },
    });
    expect(await check.run()).toEqual(expected);
  } finally {
    socket.destroy();
  }
});

const hang = () => new Promise<string>(() => {});

it('reports a run that hangs although the event loop is blocked over and over', async () => {
  const { check } = checkInHand({ timeoutMs: TIMEOUT_MS, run: hang });
  const startedAt = performance.now();
  const block = setInterval(() => blockUntil(performance.now() + 200), 1);
  const outcome = await check.run();
  clearInterval(block);
  expect(outcome).toEqual(late(TIMEOUT_MS));
  // Blocked time is left out for 1 s; on a busy machine each block takes longer, and some more follow.
  expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + GRACE_MS + 1_000 + 5 * 250);
});

it('gives a run its whole deadline after a block longer than any extension', async () => {
  const { check } = checkInHand({
    timeoutMs: TIMEOUT_MS,
    async run() {
      blockUntil(performance.now() + 1_500);
      await pause(TIMEOUT_MS / 2);
      return 'up';
    },
  });
  expect(await check.run()).toBe('up');
});

it('keeps the outcome of an aborted run within the grace when the loop is blocked in it', async () => {
  const { check } = checkInHand({
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
