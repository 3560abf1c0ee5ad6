import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAppDir, install, run } from '../support/npm.js';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

/** What a user names beside the package: no versions, no TypeORM, no memcached. */
export const BESIDE = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/terminus',
  'reflect-metadata',
  'rxjs',
];

/** The package as it would be published, in an app that has nothing else. */
export class InstalledPackage {
  private constructor(
    readonly app: string,
    /** All that npm wrote while installing: warnings too. */
    readonly installLog: string,
    /** Every file of the package, by its path in it. */
    readonly files: ReadonlyMap<string, string>,
  ) {}

  static async create(tarball: string): Promise<InstalledPackage> {
    const app = await createAppDir('package');
    await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true }));
    await cp(FIXTURES, app, { recursive: true });
    const installLog = await install(app, [tarball, ...BESIDE]);
    const installed = join(app, 'node_modules', 'nestjs-healthz');
    return new InstalledPackage(app, installLog, await readFiles(installed));
  }

  path(...names: string[]): string {
    return join(this.app, ...names);
  }

  has(dependency: string): boolean {
    return existsSync(this.path('node_modules', dependency));
  }

  async versionOf(dependency: string): Promise<string> {
    const manifest = this.path('node_modules', dependency, 'package.json');
    return JSON.parse(await readFile(manifest, 'utf8')).version;
  }

  /** What `file` of the app writes when Node runs it. */
  async run(file: string, ...flags: string[]): Promise<{ stdout: string; stderr: string }> {
    const quiet = '--disable-warning=ExperimentalWarning'; // Node 22.12 warns of require(esm)
    return run(process.execPath, [quiet, ...flags, file], { cwd: this.app, timeout: 30_000 });
  }

  /** What the package's own command writes. */
  async npx(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return run('npx', ['--no', 'nestjs-healthz', ...args], { cwd: this.app, timeout: 30_000 });
  }

  /** Rejects when something in node_modules is missing or has a version that a peer forbids. */
  async checkTree(): Promise<void> {
    await run('npm', ['ls', '--all', '--prefix', this.app], { cwd: this.app });
  }

  async remove(): Promise<void> {
    await rm(this.app, { recursive: true, force: true });
  }
}

async function readFiles(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [relative(directory, file), await readFile(file, 'utf8')] as const;
    });
  return new Map(await Promise.all(files));
}
