import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAppDir, install } from '../support/npm.js';
import type { Cell } from './cells.js';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));
const COMMON = ['app.module.ts', 'start.ts', 'tsconfig.json'];
const START_MS = 60_000;
const END_MS = 20_000;

/** Node itself is a package too, one for each platform. */
const NODE = `node-${process.platform}-${process.arch}`;

/** An app of a cell's versions, with the packed package. */
export class CellApp {
  private constructor(
    private readonly cell: Cell,
    private readonly dir: string,
  ) {}

  static async create(cell: Cell, tarball: string): Promise<CellApp> {
    const dir = await createAppDir('cell');
    const manifest = { name: 'app', private: true, type: cell.modules };
    await writeFile(join(dir, 'package.json'), JSON.stringify(manifest));
    for (const file of [...COMMON, `${cell.http}.ts`]) {
      await cp(join(FIXTURES, file), join(dir, file));
    }
    await install(dir, [tarball, ...packagesOf(cell)]);
    return new CellApp(cell, dir);
  }

  /** What npm has installed. */
  async versions(): Promise<Pick<Cell, 'nest' | 'typeorm' | 'typescript'>> {
    const version = async (name: string) => {
      const manifest = await readFile(join(this.dir, 'node_modules', name, 'package.json'), 'utf8');
      return JSON.parse(manifest).version as string;
    };
    return {
      nest: await version('@nestjs/core'),
      typeorm: await version('typeorm'),
      typescript: await version('typescript'),
    };
  }

  /** Compiles it; resolves to the mistakes in it and in the package's types. Those of others are not ours to mend. */
  async compile(): Promise<string[]> {
    const tsc = join(this.dir, 'node_modules/typescript/bin/tsc');
    const output = await new Promise<string>((resolve) => {
      execFile(
        this.node,
        [tsc, '--pretty', 'false'],
        { cwd: this.dir },
        (_failed, stdout, stderr) => resolve(stdout + stderr),
      );
    });
    return output
      .split('\n')
      .filter((line) => /^node_modules\/nestjs-healthz\/|^(?!node_modules\/)\S/.test(line));
  }

  /** Starts what was compiled, in a process of the cell's Node. */
  async start(env: Record<string, string>): Promise<RunningCell> {
    const main = join(this.dir, `dist/${this.cell.http}.js`);
    const child = fork(main, {
      execPath: this.node,
      execArgv: [],
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return RunningCell.of(child);
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  private get node(): string {
    return join(this.dir, 'node_modules', NODE, 'bin/node');
  }
}

/** A running {@link CellApp}. */
export class RunningCell {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    /** The version of Node, by its own account. */
    readonly node: string,
  ) {}

  static async of(child: ChildProcess): Promise<RunningCell> {
    const signal = AbortSignal.timeout(START_MS);
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`the app has ended with ${code}`);
    });
    try {
      const said = once(child, 'message', { signal });
      const [{ port, node }] = await Promise.race([said, ended]);
      return new RunningCell(child, port, node);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      ended.catch(() => {});
    }
  }

  /** `app.close()`, and nothing that would end the process. */
  beginClose(): void {
    this.child.send('close');
  }

  /** How it ended by itself: its exit code, or the signal. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      await once(child, 'exit', { signal: AbortSignal.timeout(END_MS) });
    }
    return child.exitCode ?? child.signalCode;
  }

  /** For the end of a test, whatever became of it. */
  dispose(): void {
    this.child.kill('SIGKILL');
  }
}

function packagesOf({ node, nest, terminus, http, typeorm, typescript }: Cell): string[] {
  const [nestMajor] = nest.split('.');
  const [nodeMajor] = node.split('.');
  return [
    `${NODE}@${node}`,
    `@nestjs/common@${nest}`,
    `@nestjs/core@${nest}`,
    `@nestjs/platform-${http}@${nest}`,
    `@nestjs/typeorm@${nestMajor}`,
    `@nestjs/terminus@${terminus}`,
    `typeorm@${typeorm}`,
    `typescript@${typescript}`,
    `@types/node@${nodeMajor}`,
    'pg@8',
    'mysql2@2 || 3', // the first TypeORM 0.3 wants 2
    'memcached@2',
    '@types/memcached@2',
    'reflect-metadata@0.2',
    'rxjs@7',
  ];
}
