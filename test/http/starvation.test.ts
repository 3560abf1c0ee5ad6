import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ExpressAdapter } from '@nestjs/platform-express';
import { HealthModule } from 'nestjs-healthz';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, until } from '../servers/index.js';
import { startApp } from '../support/app.js';
import { fetchText } from '../support/request.js';

const support = (name: string) => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const HOSTILE = support('hostile-clients.mjs');
const BURST = support('connect-burst.mjs');
// The default of the kubelet.
const TIMEOUT_MS = 1_000;

/** Sends a liveness probe like a kubelet: on a new connection, with a timeout of one second. */
async function isAlive(port: number): Promise<boolean> {
  const timeout = new Promise<string>((resolve) => void setTimeout(resolve, TIMEOUT_MS, 'timeout'));
  const response = fetchText(port, '/healthz').catch((error: Error) => error.message);
  return (await Promise.race([response, timeout])) === '200 OK';
}

const openSockets = () =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const hang = () => new Promise<never>(() => {});

it.each([
  ['400 clients that reconnect and send nothing', 'silent', 400],
  ['256 clients that request the page and never read it', 'unread', 256],
  ['1 000 readiness probes while the check hangs', 'readiness', 1_000],
  ['2 000 clients that send a byte a second', 'trickle', 2_000],
])('the separate port answers liveness despite %s', async (_, kind, count) => {
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
  const before = openSockets();
  const hostile = fork(HOSTILE, [String(port), kind, String(count)]);
  onTestFinished(() => void hostile.kill());
  await once(hostile, 'message');
  const results: boolean[] = [];
  let most = 0;
  for (let n = 0; n < 20; n++) {
    results.push(await isAlive(port));
    most = Math.max(most, openSockets());
    await new Promise((resolve) => void setTimeout(resolve, 250));
  }
  expect(results.filter(Boolean).length).toBeGreaterThanOrEqual(19);
  // The open connections of the clients, and those that are being closed.
  expect(most).toBeLessThan(before + count * 1.2);
  hostile.kill();
  await until('no connection is left', () => openSockets() <= before);
  expect(await isAlive(port)).toBe(true);
});

it('the separate port accepts 1 000 clients that connect while the event loop is blocked', async () => {
  const port = await freePort();
  await startApp(
    { imports: [HealthModule.forRoot({ server: { port, host: '127.0.0.1' } })] },
    () => new ExpressAdapter(),
  );
  const burst = fork(BURST, [String(port), '1000']);
  onTestFinished(() => void burst.kill());
  await once(burst, 'message');
  const connected = once(burst, 'message');
  await new Promise((resolve) => burst.send('connect', resolve));
  block(900);
  // When the accept queue is full the kernel drops a SYN, and the client's kernel retries after 1 s.
  expect((await connected)[0]).toBeLessThan(1_000);
  await until('all connections are open', () => openSockets() >= 1_000);
});
