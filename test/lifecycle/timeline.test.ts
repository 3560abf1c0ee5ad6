import { expect, it, onTestFinished } from 'vitest';
import { startMemcached, startPostgres, startProxy, until } from '../servers/index.js';
import { Kubelet } from '../support/kubelet.js';
import { SampleApp } from '../support/sample-app.js';
import { get } from '../support/request.js';

const NOT_THERE = 'ECONNREFUSED | ECONNREFUSED | ECONNREFUSED';
const BUILDING = '200 OK | 503 starting. | 503 starting.';
const READY = '200 OK | 200 OK | 200 OK';
const DRAINING = '200 OK | 200 OK | 503 shutting down.';
const withDatabase = (sentence: string) => `200 OK | 200 OK | 503 db.default: ${sentence}`;

it('the whole life of an app, as a kubelet sees it', async () => {
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
  const seen = (line: string) =>
    until(
      `the kubelet sees ${line}, not ${kubelet.story.at(-1)}`,
      () => kubelet.story.at(-1) === line,
      30_000,
    );

  await database.stop();
  await seen(withDatabase('not connected yet.'));
  await database.start();
  await seen(READY);
  expect((await get(app.port, '/api/notes')).status).toBe(200);
  proxy.mode = 'stall';
  await seen(withDatabase('no answer within 3000 ms.'));
  proxy.mode = 'forward';
  await seen(READY);
  expect((await get(app.port, '/api/notes')).status).toBe(200);
  app.signal('SIGTERM');
  await seen(DRAINING);
  expect((await get(app.port, '/api/notes')).status).toBe(200);
  expect(await app.ended()).toBe('SIGTERM');
  await seen(NOT_THERE);

  // Three questions at once may fall on both sides of a change.
  const story = kubelet.story.filter((line) => !/ECONN|starting|reporting/.test(line));
  expect(story).toEqual([
    withDatabase('not connected yet.'),
    READY,
    withDatabase('no answer within 3000 ms.'),
    READY,
    DRAINING,
  ]);
  expect([NOT_THERE, BUILDING]).toContain(kubelet.story[0]);
});
