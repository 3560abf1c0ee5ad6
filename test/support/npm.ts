import { execFile } from 'node:child_process';
import { mkdtemp, readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const run = promisify(execFile);

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** A directory of its own, for an app that installs the package. */
export async function createAppDir(name: string): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), `nestjs-healthz-${name}-`)));
}

/** The package as it would be published: builds it, and resolves to the tarball in an empty directory. */
export async function pack(directory: string): Promise<string> {
  await run('npm', ['pack', '--pack-destination', directory], { cwd: REPOSITORY });
  const [tarball] = await readdir(directory);
  return join(directory, `${tarball}`);
}

/** Makes a new app, `app` in a directory, with a Nest CLI of that major version. Installs nothing. */
export async function generateApp(directory: string, cli: '11' | '12'): Promise<string> {
  const nest = ['exec', '--yes', '--prefer-offline', `--package=@nestjs/cli@${cli}`, '--', 'nest'];
  const flags = ['--skip-install', '--skip-git', '--package-manager', 'npm'];
  const observe = cli === '12' ? ['--no-observe'] : [];
  await run('npm', [...nest, 'new', 'app', ...flags, ...observe], { cwd: directory });
  return join(directory, 'app');
}

/** Installs packages into an app; resolves to all that npm wrote: warnings too. */
export async function install(app: string, packages: readonly string[]): Promise<string> {
  const flags = ['--prefix', app, '--prefer-offline', '--no-audit', '--no-fund'];
  const { stdout, stderr } = await run('npm', ['install', ...flags, ...packages], { cwd: app });
  return stdout + stderr;
}
