import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { exchange, get, request, fetchText } from '../support/request.js';

const down = () => ({ check: { status: 'down' as const } });

describe.each(ADAPTERS)('HealthModule on %s', (_adapter, createAdapter) => {
  it.each(['/healthz', '/healthz?', '/healthz?x=1', '/healthz?a=/b/?c#d'])(
    'answers GET %s',
    async (path) => {
      const { port } = await startEcho(createAdapter);
      await expect(fetchText(port, path)).resolves.toBe('200 OK');
    },
  );

  it.each([
    ['an OK', {}, '*/*'],
    ['a failure', { liveness: { checks: { down } } }, '*/*'],
    ['JSON', {}, 'application/json'],
  ])('answers HEAD with the headers of GET and no body: %s', async (_response, options, accept) => {
    const { port } = await startEcho(createAdapter, options);
    const headers = { accept };
    const full = await get(port, '/healthz', headers);
    const head = await request(port, { method: 'HEAD', path: '/healthz', headers });
    const { date: _, ...expected } = full.headers;
    expect(head).toMatchObject({ status: full.status, headers: expected });
    expect(Object.keys(head.headers).toSorted()).toEqual(Object.keys(full.headers).toSorted());

    const raw = await exchange(
      port,
      `HEAD /healthz HTTP/1.1\r\nHost: app\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`,
    );
    expect(raw.split('\r\n\r\n')[1]).toBe('');
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'leaves %s on a probe path to the app',
    async (method) => {
      const { port } = await startEcho(createAdapter);
      for (const path of ['/healthz', '/readiness', '/startupz']) {
        const { body } = await request(port, { method, path });
        expect(body).toBe(`app: ${method} ${path}`);
      }
    },
  );

  it.each([
    '/',
    '/healthz/',
    '/healthz/x',
    '/x/healthz',
    '//healthz',
    '/./healthz',
    '/x/../healthz',
    '/HEALTHZ',
    '/Healthz',
    '/%68ealthz',
    '/healthz%20',
    '/healthz%3Fx',
    '/healthz;x',
    '/healthz;?x',
    '/healthzz',
    '/health',
    '/x?/healthz',
    '/x?path=/healthz',
    '/x#/healthz',
  ])('leaves GET %s to the app', async (path) => {
    const { port } = await startEcho(createAdapter);
    await expect(fetchText(port, path)).resolves.toBe(`200 app: GET ${path}`);
  });

  it.each([
    'http://app.example/healthz',
    'http://app.example:3000/healthz?x=1',
    'HTTP://user:secret@app.example/healthz',
    'https://[::1]:3000/healthz?a=/b/?c#d',
  ])('answers GET %s, in absolute form', async (path) => {
    const { port } = await startEcho(createAdapter);
    await expect(fetchText(port, path)).resolves.toBe('200 OK');
  });

  it('reads the query and the check of a URL in absolute form', async () => {
    const readiness = { checks: { billing: down } };
    const { port } = await startEcho(createAdapter, { readiness });
    const sentence = '503 billing: check failed.';
    await expect(fetchText(port, 'http://app/readiness/%62illing')).resolves.toBe(sentence);
    await expect(fetchText(port, 'http://app/readiness?exclude=billing')).resolves.toBe('200 OK');
  });

  it.each([
    'http://app.example',
    'http://app.example?/healthz',
    'http://app.example?x',
    'http:///healthz',
    'http://app.example//healthz',
    'http://app.example/HEALTHZ',
    'http://app.example/%68ealthz',
    'http://app.example/healthz/x',
    'http://app.example/http://app.example/healthz',
    'ftp://app.example/healthz',
    '/http://app.example/healthz',
  ])('leaves GET %s to the app', async (path) => {
    const { port } = await startEcho(createAdapter);
    await expect(fetchText(port, path)).resolves.not.toBe('200 OK');
  });

  it('answers on the configured paths in place of the default ones', async () => {
    const { port } = await startEcho(createAdapter, {
      liveness: { path: ['/live', '/internal/live.txt'] },
      readiness: '/ready/',
      startup: { path: '/up', checks: { down } },
    });
    await expect(fetchText(port, '/live')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/internal/live.txt')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/internal/liveXtxt')).resolves.toBe(
      '200 app: GET /internal/liveXtxt',
    );
    await expect(fetchText(port, '/ready/')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/ready')).resolves.toBe('200 app: GET /ready');
    await expect(fetchText(port, '/up')).resolves.toBe('503 down: check failed.');
    for (const path of ['/healthz', '/readiness', '/startupz']) {
      await expect(fetchText(port, path)).resolves.toBe(`200 app: GET ${path}`);
    }
  });

  it('leaves the path of a disabled probe to the app', async () => {
    const { port } = await startEcho(createAdapter, { liveness: false, startup: false });
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 app: GET /healthz');
    await expect(fetchText(port, '/startupz')).resolves.toBe('200 app: GET /startupz');
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
  });

  it('leaves every path to the app when all probes are disabled', async () => {
    const off = { liveness: false, readiness: false, startup: false } as const;
    const { port } = await startEcho(createAdapter, off);
    for (const path of ['/healthz', '/readiness', '/startupz']) {
      await expect(fetchText(port, path)).resolves.toBe(`200 app: GET ${path}`);
    }
  });
});
