import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, until } from '../servers/index.js';
import { fetchText, getJson } from '../support/request.js';

const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const MAIN = fileOf('dist/sample-app/minimal/main.js');
const SAMPLE = fileOf('dist/sample-app/main.js');

function run(main: string, port: number) {
  if (!existsSync(main)) throw new Error(`${main} is missing: npm run build`);
  const env = { ...process.env, PORT: String(port) };
  const app = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void app.kill('SIGKILL'));
  return app;
}

it('the minimal app has its probes with one line, and checks its database', async () => {
  const port = await freePort();
  const app = run(MAIN, port);
  await until('it listens', () =>
    fetchText(port, '/healthz').then(
      (text) => text === '200 OK',
      () => false,
    ),
  );
  expect(await fetchText(port, '/startupz')).toBe('200 OK');
  expect(await getJson(port, '/readiness')).toMatchObject({
    status: 200,
    body: { details: { 'db.default': { status: 'up' } } },
  });
  app.kill('SIGTERM');
  expect(await once(app, 'exit')).toEqual([null, 'SIGTERM']);
  expect(
    readFileSync(fileOf('sample-app/minimal/main.ts'), 'utf8').split('\n').length,
  ).toBeLessThan(22);
});

it('the sample app names the variable of its port when that is in use', async () => {
  const port = await freePort();
  const first = run(MAIN, port);
  await until('it listens', () =>
    fetchText(port, '/healthz').then(
      () => true,
      () => false,
    ),
  );
  const second = run(SAMPLE, port);
  const lines: string[] = [];
  second.stderr.on('data', (chunk) => lines.push(String(chunk)));
  expect(await once(second, 'exit')).toEqual([1, null]);
  expect(lines.join('')).toContain(
    `Port ${port} is in use. Choose another one: PORT=3001 npm start`,
  );
  first.kill();
});
