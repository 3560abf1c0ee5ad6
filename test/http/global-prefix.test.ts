import type { ServerResponse } from 'node:http';
import { RequestMethod, VersioningType } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { request, fetchText } from '../support/request.js';

const down = () => ({ check: { status: 'down' as const } });

describe.each(ADAPTERS)('a global prefix on %s', (_adapter, createAdapter) => {
  const underApi = () =>
    startEcho(createAdapter, {}, { configure: (app) => app.setGlobalPrefix('api') });

  it('keeps the probes on their paths, and adds them under the prefix', async () => {
    const { port } = await underApi();
    for (const path of ['/healthz', '/readiness', '/startupz']) {
      await expect(fetchText(port, path)).resolves.toBe('200 OK');
      await expect(fetchText(port, `/api${path}`)).resolves.toBe('200 OK');
      await expect(fetchText(port, `/api${path}?x=1`)).resolves.toBe('200 OK');
      await expect(request(port, { method: 'HEAD', path: `/api${path}` })).resolves.toMatchObject({
        status: 200,
        headers: { 'content-length': '2' },
      });
    }
  });

  it.each([
    '/api/healthz/healthz',
    '/api/healthz/',
    '/api/HEALTHZ',
    '/API/healthz',
    '/%61pi/healthz',
    '/api/%68ealthz',
    '/api//healthz',
    '/api/healthz;x',
    '/api/x/healthz',
    '/api/x/..%2Fhealthz',
    '/api/notes?path=/healthz',
    '/api/notes?/healthz',
  ])('leaves %s to the app', async (path) => {
    const { port } = await underApi();
    // For Fastify some of these are outside the prefix, where the app has no route.
    await expect(fetchText(port, path)).resolves.toMatch(/^200 app: GET |^404 /);
  });

  it.each(['POST', 'PUT', 'DELETE'])('leaves %s /api/healthz to the app', async (method) => {
    const { port } = await underApi();
    const { body } = await request(port, { method, path: '/api/healthz' });
    expect(body).toBe(`app: ${method} /api/healthz`);
  });

  it('makes the probes under it run ahead of the app, also on a path excluded from it with one method', async () => {
    const { port } = await startEcho(
      createAdapter,
      {},
      {
        configure: (app) =>
          app
            .setGlobalPrefix('api', { exclude: [{ path: 'startupz', method: RequestMethod.GET }] })
            .use((_request: unknown, response: ServerResponse) => response.end('refused')),
      },
    );
    for (const path of ['/api/healthz', '/api/startupz', 'http://app.example/api/readiness']) {
      await expect(fetchText(port, path)).resolves.toBe('200 OK');
    }
    await expect(fetchText(port, '/api/notes')).resolves.toBe('200 refused');
  });

  it('gives way to a probe configured on a path that begins with it', async () => {
    const { port } = await startEcho(
      createAdapter,
      { liveness: '/healthz', readiness: { path: '/api/healthz', checks: { check: down } } },
      { configure: (app) => app.setGlobalPrefix('api') },
    );
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/api/healthz')).resolves.toBe('503 check: check failed.');
    await expect(fetchText(port, '/api/healthz/check')).resolves.toBe('503 check: check failed.');
    await expect(fetchText(port, '/api/api/healthz')).resolves.toBe('503 check: check failed.');
  });

  it('does not apply to a path that is excluded from it', async () => {
    const { port } = await startEcho(
      createAdapter,
      {},
      {
        configure: (app) =>
          app.setGlobalPrefix('api', {
            exclude: ['healthz', { path: 'readiness', method: RequestMethod.ALL }],
          }),
      },
    );
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/api/healthz')).resolves.toBe('200 app: GET /api/healthz');
    await expect(fetchText(port, '/api/readiness')).resolves.toBe('200 app: GET /api/readiness');
    await expect(fetchText(port, '/api/startupz')).resolves.toBe('200 OK');
  });

  it('does not confuse probes whose paths have the same end', async () => {
    const { port } = await startEcho(
      createAdapter,
      { liveness: '/healthz', readiness: { path: '/db/healthz', checks: { down } } },
      { configure: (app) => app.setGlobalPrefix('api') },
    );
    await expect(fetchText(port, '/api/healthz')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/api/db/healthz')).resolves.toBe('503 down: check failed.');
  });

  it('does not confuse probes when it is the beginning of the path of one', async () => {
    const { port } = await startEcho(
      createAdapter,
      { liveness: '/healthz', readiness: { path: '/db/healthz', checks: { down } } },
      { configure: (app) => app.setGlobalPrefix('api/db') },
    );
    await expect(fetchText(port, '/api/db/healthz')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/api/db/db/healthz')).resolves.toBe('503 down: check failed.');
  });

  it('is not confused with a version: versioned paths stay with the app', async () => {
    const { port } = await startEcho(
      createAdapter,
      {},
      {
        configure: (app) =>
          app.enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', '2'] }),
      },
    );
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/v1/healthz')).resolves.toBe('200 app: GET /v1/healthz');
    await expect(fetchText(port, '/v2/healthz')).resolves.toBe('200 app: GET /v2/healthz');
  });
});

it('a global prefix keeps the probes on their paths in a Fastify app without middleware', async () => {
  const { port } = await startEcho(
    () => new FastifyAdapter({ skipMiddie: true }),
    {},
    { configure: (app) => app.setGlobalPrefix('api') },
  );
  await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
  await expect(fetchText(port, '/api/healthz')).resolves.toBe('200 app: GET /api/healthz');
});
