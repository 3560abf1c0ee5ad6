import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ExpressAdapter } from '@nestjs/platform-express';
import { HealthModule } from 'nestjs-healthz';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, until } from '../servers/index.js';
import { startApp } from '../support/app.js';
import { say } from '../support/request.js';

const HOSTILE = fileURLToPath(new URL('../support/hostile-clients.mjs', import.meta.url));
// The kubelet's own default.
const TIMEOUT_MS = 1_000;

/** Whether a liveness probe passes as a kubelet makes it: a new connection, and one second. */
async function isAlive(port: number): Promise<boolean> {
  const late = new Promise<string>((resolve) => void setTimeout(resolve, TIMEOUT_MS, 'late'));
  const said = say(port, '/healthz').catch((error: Error) => error.message);
  return (await Promise.race([said, late])) === '200 OK';
}

const hang = () => new Promise<never>(() => {});

it.each([
  ['400 clients that connect again and send nothing', 'silent', 400],
  ['256 clients that ask for the page and never read it', 'unread', 256],
  ['1 000 readiness probes while everything hangs', 'readiness', 1_000],
  ['2 000 clients that send a byte a second', 'trickle', 2_000],
])('the separate port answers liveness beside %s', async (_, kind, count) => {
  const port = await freePort();
  await startApp(
    {
      imports: [
        HealthModule.forRoot({
          readiness: { checks: { hang } },
          server: { port, host: '127.0.0.1' },
        }),
      ],
    },
    () => new ExpressAdapter(),
  );
  const hostile = fork(HOSTILE, [String(port), kind, String(count)]);
  onTestFinished(() => void hostile.kill());
  await once(hostile, 'message');
  const results: boolean[] = [];
  for (let n = 0; n < 20; n++) {
    results.push(await isAlive(port));
    await new Promise((resolve) => void setTimeout(resolve, 250));
  }
  expect(results.filter(Boolean).length).toBeGreaterThanOrEqual(19);
  const closed = once(hostile, 'exit');
  hostile.kill();
  await closed;
  await until('nothing is left, and it answers', () => isAlive(port));
});
