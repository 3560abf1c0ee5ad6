import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAppDir, generateApp, install, run } from '../support/npm.js';

/** An app as `nest new` makes it, where it differs from another one. */
export interface GeneratedCell {
  /** The Nest CLI that makes it. 11 makes CommonJS with Jest, 12 makes ES modules with Vitest. */
  readonly cli: '11' | '12';
  readonly node: string;
  readonly nest: '11' | '12';
  readonly terminus: '11' | '12';
  readonly runner: 'jest' | 'vitest';
  /** For Node. Jest needs one where Nest itself is ES modules. */
  readonly flag?: string;
}

const NODE = `node-${process.platform}-${process.arch}`;
const NEST = ['common', 'core', 'platform-express', 'testing'];
const E2E = {
  jest: ['--config', 'test/jest-e2e.json'],
  vitest: ['--config', 'vitest.config.e2e.ts'],
};
/** What no test of the app needs: half of the time that npm takes. */
const NOT_FOR_TESTS =
  /lint|prettier|globals|ts-loader|ts-node|coverage|mau|nestjs\/(cli|schematics)/;

/** A new app with the packed package, whose module it does not import yet. */
export class GeneratedApp {
  private constructor(
    private readonly cell: GeneratedCell,
    private readonly dir: string,
    private readonly app: string,
  ) {}

  static async create(cell: GeneratedCell, tarball: string): Promise<GeneratedApp> {
    const dir = await createAppDir('generated');
    const app = await generateApp(dir, cell.cli);
    await edit(join(app, 'package.json'), withoutTools);
    await install(app, [
      tarball,
      `${NODE}@${cell.node}`,
      `@nestjs/terminus@${cell.terminus}`,
      ...NEST.map((name) => `@nestjs/${name}@${cell.nest}`),
    ]);
    return new GeneratedApp(cell, dir, app);
  }

  /** Imports HealthModule in the AppModule, and adds a test of readiness. Configures nothing. */
  async addModule(): Promise<void> {
    await edit(join(this.app, 'src/app.module.ts'), (text) =>
      `import { HealthModule } from 'nestjs-healthz';\n${text}`.replace(
        'imports: []',
        'imports: [HealthModule.forRoot()]',
      ),
    );
    const spec = await readFile(join(this.app, 'test/app.e2e-spec.ts'), 'utf8');
    const ofReadiness = spec.replace("get('/')", "get('/readiness')").replace('Hello World!', 'OK');
    await writeFile(join(this.app, 'test/probes.e2e-spec.ts'), ofReadiness);
  }

  /** Runs the unit and the e2e tests as the app's scripts do, and resolves to the test files that passed. */
  async test(): Promise<string[]> {
    const outputs = [await this.runTests([]), await this.runTests(E2E[this.cell.runner])];
    const passed = outputs.flatMap(
      (output) => output.match(/(?<=^(PASS|.*✓) )\S*spec\.ts/gm) ?? [],
    );
    return passed.map((name) => name.replace(/^(src|test)\//, '')).toSorted();
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  private async runTests(args: string[]): Promise<string> {
    const node = join(this.app, 'node_modules', NODE, 'bin/node');
    const runner = {
      jest: ['node_modules/jest/bin/jest.js'],
      vitest: ['node_modules/vitest/vitest.mjs', 'run'],
    }[this.cell.runner];
    const flags = this.cell.flag ? [this.cell.flag] : [];
    const env = { PATH: process.env['PATH'], NO_COLOR: '1' };
    const { stdout, stderr } = await run(node, [...flags, ...runner, ...args], {
      cwd: this.app,
      env,
    });
    return stdout + stderr;
  }
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}

function withoutTools(text: string): string {
  const manifest = JSON.parse(text);
  const needed = Object.entries(manifest.devDependencies).filter(
    ([name]) => !NOT_FOR_TESTS.test(name),
  );
  return JSON.stringify({ ...manifest, devDependencies: Object.fromEntries(needed) });
}
