import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '../../test/servers/binary.js';
import type { Loader } from './load.js';
import { TestServer } from './test-server.js';

const CLIENTS = 8;
const DEADLINE_MS = 600_000;

/**
 * What a request takes, by the difference of two processes of which one answers more of them. What both
 * answer is half as many, by which the code is compiled.
 */
export async function instructionsPerRequest(
  file: string,
  name: string,
  counted: number,
  loader: Loader,
): Promise<number> {
  const warmUp = counted / 2;
  const counts = await Promise.all(
    [warmUp, warmUp + counted].map((requests) => countedFor(requests, file, name, loader)),
  );
  const [few = Number.NaN, many = Number.NaN] = counts;
  return (many - few) / counted;
}

/** The instructions of a process from its start to its end. */
async function countedFor(requests: number, file: string, name: string, loader: Loader) {
  const directory = await mkdtemp(join(tmpdir(), 'instructions-'));
  const log = join(directory, 'log');
  try {
    const server = await TestServer.start(file, name, {}, underValgrind(log));
    const atMost = requests / CLIENTS;
    const load = { path: '/', clients: CLIENTS, forMs: DEADLINE_MS, atMost };
    const answered = (await server.under(loader, load)).requests;
    if (answered !== requests) throw new Error(`${answered} of ${requests} requests in time`);
    await server.end();
    const [, count = ''] = /I +refs: +([\d,]+)/.exec(await readFile(log, 'utf8')) ?? [];
    return Number(count.replaceAll(',', '') || Number.NaN);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const underValgrind = (log: string) => ({
  execPath: findBinary('valgrind', 'valgrind'),
  execArgv: [
    '--tool=cachegrind',
    '--cache-sim=no',
    '--cachegrind-out-file=/dev/null',
    // Node writes its own code.
    '--smc-check=all-non-file',
    `--log-file=${log}`,
    process.execPath,
    '--single-threaded',
  ],
});
