import { fork } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { RunningCell } from '../matrix/cell-app.js';
import { type PostgresServer, startPostgres } from '../servers/index.js';
import { createAppDir, install, run } from '../support/npm.js';
import { fetchText } from '../support/request.js';
import { BESIDE } from './installed-package.js';

const FIXTURES = fileURLToPath(new URL('prisma', import.meta.url));
const PRISMA = ['prisma@7', '@prisma/client@7', '@prisma/adapter-pg@7'];
const OK = '200 OK';
const DOWN = '503 orders: check failed.';

let dir: string;
let postgres: PostgresServer;
let app: RunningCell;

/** An app with a client of Prisma's, and Terminus's indicator for it in `readiness.checks`. */
beforeAll(async () => {
  dir = await createAppDir('prisma');
  await writeFile(join(dir, 'package.json'), JSON.stringify({ name: 'app', private: true }));
  await cp(FIXTURES, dir, { recursive: true });
  // Its scripts and its command fetch the engine of the migrations, which is not used here: the
  // command does not when it is shown some file for one.
  await install(dir, ['--ignore-scripts', inject('tarball'), ...BESIDE, ...PRISMA]);
  const PRISMA_SCHEMA_ENGINE_BINARY = process.execPath;
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY, CHECKPOINT_DISABLE: '1' };
  await run('npx', ['--no', 'prisma', 'generate', '--schema', 'schema.prisma'], { cwd: dir, env });
  postgres = await startPostgres();
  const DATABASE_URL = postgres.url.replace(/^postgres:/, 'postgresql:');
  app = await RunningCell.of(
    fork(join(dir, 'app.mjs'), { execArgv: [], env: { PATH: process.env['PATH'], DATABASE_URL } }),
  );
});

afterAll(async () => {
  app?.dispose();
  await postgres?.dispose();
  await rm(dir, { recursive: true, force: true });
});

const ready = () => fetchText(app.port, '/readiness');

it('is down while the server is stopped, and up again after it', async () => {
  expect(await ready()).toBe(OK);
  await postgres.stop();
  try {
    expect(await ready()).toBe(DOWN);
    expect(await fetchText(app.port, '/healthz')).toBe(OK);
  } finally {
    await postgres.start();
  }
  expect(await ready()).toBe(OK);
});

it('is down while the server is suspended, and up again after it', async () => {
  expect(await ready()).toBe(OK);
  await postgres.suspend();
  try {
    expect(await ready()).toBe(DOWN);
  } finally {
    postgres.resume();
  }
  expect(await ready()).toBe(OK);
});
