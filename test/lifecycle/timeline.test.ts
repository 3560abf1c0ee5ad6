import { expect, it, onTestFinished } from 'vitest';
import { startMemcached, startPostgres, startProxy, until } from '../servers/index.js';
import { Kubelet } from '../support/kubelet.js';
import { SampleApp } from '../support/sample-app.js';
import { get } from '../support/request.js';

const STOPPED = 'ECONNREFUSED | ECONNREFUSED | ECONNREFUSED';
const BUILDING = '200 OK | 503 starting. | 503 starting.';
const READY = '200 OK | 200 OK | 200 OK';
const DRAINING = '200 OK | 200 OK | 503 shutting down.';
const HELD = '503 app: reading the first notes.';
const NOT_CONNECTED = `200 OK | 200 OK | 503 db.default: not connected yet.\n${HELD.slice(4)}`;

it('a kubelet gets the expected responses from the start of an app to its end', async () => {
  const [database, cache] = [await startPostgres(), await startMemcached()];
  const proxy = await startProxy(database.port);
  const app = await SampleApp.spawn({
    DATABASE_URL: database.url.replace(`:${database.port}`, `:${proxy.port}`),
    MEMCACHED_SERVERS: cache.address,
    DRAIN_MS: 1_000,
  });
  const kubelet = new Kubelet(app.probePort, 4);
  onTestFinished(async () => {
    await kubelet.stop();
    await app.dispose();
    await proxy.close();
    await Promise.all([database.dispose(), cache.dispose()]);
  });
  const waitFor = (line: string) =>
    until(
      `the kubelet gets ${line}, not ${kubelet.lines.at(-1)}`,
      () => kubelet.lines.at(-1) === line,
      30_000,
    );

  await database.stop();
  await waitFor(NOT_CONNECTED);
  await database.start();
  await waitFor(READY);
  expect((await get(app.port, '/api/notes')).status).toBe(200);
  proxy.mode = 'stall';
  const verbose = async () => (await get(app.probePort, '/readiness?verbose')).body;
  await until('the database is degraded', async () =>
    (await verbose()).includes('[~] db.default degraded: no answer within 3000 ms.'),
  );
  proxy.mode = 'forward';
  await until('the database is up', async () => (await verbose()).includes('[+] db.default ok'));
  expect((await get(app.port, '/api/notes')).status).toBe(200);
  app.signal('SIGTERM');
  await waitFor(DRAINING);
  expect((await get(app.port, '/api/notes')).status).toBe(200);
  expect(await app.ended()).toBe('SIGTERM');
  await waitFor(STOPPED);

  // Of three concurrent probes some may run before a change and some after it; the hold ends on its own.
  const lines = kubelet.lines
    .filter((line) => !/ECONN|starting|reporting/.test(line) && !line.endsWith(HELD))
    .map((line) => line.replace(/\napp: .*/, ''));
  const changes = lines.filter((line, n) => line !== lines[n - 1]);
  expect(changes).toEqual([NOT_CONNECTED.split('\n')[0], READY, DRAINING]);
  expect([STOPPED, BUILDING]).toContain(kubelet.lines[0]);
});
