import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { REPOSITORY } from '../support/npm.js';

const run = promisify(execFile);

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Builds the command for all tests of a file, where there is no node_modules: it needs nothing, Nest
 * included. Returns a function that runs it.
 */
export function useBuiltCommand(): (...args: string[]) => Promise<CommandResult> {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nestjs-healthz-command-'));
    const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
    const project = join(REPOSITORY, 'lib/tsconfig.json');
    await run(process.execPath, [tsc, '--project', project, '--noCheck', '--outDir', dir]);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  return (...args) =>
    run(process.execPath, [join(dir, 'kubernetes/cli.js'), ...args], {
      cwd: dir,
      timeout: 30_000,
    }).then(
      (output) => ({ code: 0, ...output }),
      (error: CommandResult) => error,
    );
}
