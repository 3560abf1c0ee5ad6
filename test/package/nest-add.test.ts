import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { freePort, until } from '../servers/index.js';
import { createAppDir, generateApp, install, run } from '../support/npm.js';
import { fetchText } from '../support/request.js';

let dir: string;
let app: string;

const nest = (...args: string[]) =>
  run(process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', ...args], { cwd: app });
// Without the first step of it, which installs what is in the registry.
const nestAdd = () => nest('add', 'nestjs-healthz', '--skip-install');
/** Nest CLI 12 exits with 1 then, 11 with 0. */
const failing = () => nestAdd().catch((error: unknown) => error);
const appModule = () => join(app, 'src/app.module.ts');

// 11 makes an app of CommonJS, 12 one of ES modules.
describe.each(['11', '12'] as const)('in a new app of Nest CLI %s', (cli) => {
  beforeAll(async () => {
    dir = await createAppDir('nest-add');
    app = await generateApp(dir, cli);
    await install(app, [inject('tarball'), '@nestjs/terminus']);
  });

  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('adds the module to a new app, once', async () => {
    const before = await readFile(appModule(), 'utf8');
    await nestAdd();
    const after = await readFile(appModule(), 'utf8');
    expect(after).toBe(
      before
        .replace('imports: []', 'imports: [HealthModule.forRoot()]')
        .replace('\n\n@Module', "\nimport { HealthModule } from 'nestjs-healthz';\n\n@Module"),
    );
    const again = await nestAdd();
    expect(again.stdout).toContain('src/app.module.ts imports nestjs-healthz already.');
    expect(await readFile(appModule(), 'utf8')).toBe(after);
  });

  it('leaves an app that builds, starts and answers', async () => {
    await nest('build');
    const port = await freePort();
    const child = fork(join(app, 'dist/main.js'), { env: { ...process.env, PORT: `${port}` } });
    const ended = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const ready = () => fetchText(port, '/readiness').then((said) => said === '200 OK');
    await until('the app is ready', () => ready().catch(() => false));
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
    expect(await fetchText(port, '/startupz')).toBe('200 OK');
    expect(await fetchText(port, '/')).toBe('200 Hello World!');
  });

  it('prints the manual steps where it cannot', async () => {
    const before = await readFile(appModule(), 'utf8');
    onTestFinished(() => writeFile(appModule(), before));
    const other = before.replace(/imports: .*/, 'imports,').replace(/.*nestjs-healthz.*\n/, '');
    await writeFile(appModule(), other);
    expect(await failing()).toMatchObject({
      stderr: expect.stringContaining('add HealthModule.forRoot()'),
    });
    await rm(appModule());
    expect(await failing()).toMatchObject({
      stderr: expect.stringContaining('no AppModule in src/app.module.ts or src/app.module.js'),
    });
  });
});
