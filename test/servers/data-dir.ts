import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { account, childOptions } from './account.js';

const CACHE = fileURLToPath(
  new URL('../../node_modules/.cache/nestjs-healthz-test-servers', import.meta.url),
);

const exec = promisify(execFile);

/** One command on the way to an initialized data directory. */
export interface InitStep {
  file: string;
  args: (dataDir: string) => string[];
  input?: string;
}

/** Names a template after all that decides what is in it, so that it need never be refreshed. */
function templateFor(steps: InitStep[]): string {
  const ingredients = steps.map(({ file, args, input }) => [
    file,
    statSync(file).mtimeMs,
    args(''),
    input,
  ]);
  const hash = createHash('sha256')
    .update(JSON.stringify([account, ingredients]))
    .digest('hex');
  return join(CACHE, hash.slice(0, 16));
}

async function run({ file, args, input }: InitStep, dataDir: string): Promise<void> {
  const done = exec(file, args(dataDir), childOptions(dirname(dataDir)));
  done.child.stdin?.end(input);
  await done;
}

/** Contents, owners and modes: the servers check the latter two. */
const copy = (from: string, to: string) => exec('cp', ['-a', from, to]);

/** Renamed into place, so that parallel workers see all of a template or nothing. */
async function saveTemplate(dataDir: string, template: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, 'draft-'));
  try {
    await copy(dataDir, join(draft, 'data'));
    await rename(join(draft, 'data'), template);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Creates a data directory: by the given steps, which take about a second, the first time; ever
 * after as a copy of the result, kept in node_modules/.cache, in a tenth of that.
 */
export async function createDataDir(dataDir: string, steps: InitStep[]): Promise<void> {
  const template = templateFor(steps);
  if (existsSync(template)) {
    await copy(template, dataDir);
    return;
  }
  for (const step of steps) await run(step, dataDir);
  // another worker was first, or the directory is read-only: the next start is slow again, no more
  await saveTemplate(dataDir, template).catch(() => {});
}
