import { Controller, Get, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HealthModule, isProbeRequest } from 'nestjs-healthz';
import { describe, expect, it, vi } from 'vitest';
import { ProbeRouter } from '../../lib/http/probe-router.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { fetchText, get, request } from '../support/request.js';
import { watchServer } from '../support/watch-server.js';

type ServerRequest = Parameters<typeof isProbeRequest>[0];

const PREFLIGHT = { 'access-control-request-method': 'GET' };

const billing = () => ({ billing: { status: 'up' as const } });

const CONFIGURED = {
  liveness: { path: ['/live', '/internal/live'] },
  readiness: { path: '/ready', checks: { billing } },
  startup: false as const,
};

const REQUESTS: [string, string, boolean][] = [
  ['GET', '/live', true],
  ['HEAD', '/internal/live?x=1', true],
  ['GET', '/ready/billing', true],
  ['GET', '/ready/unknown', false],
  ['POST', '/live', false],
  ['GET', '/healthz', false],
  ['GET', '/startupz', false],
  ['GET', '/notes', false],
  ['GET', '/notes?path=/live', false],
  ['OPTIONS', '/live', true],
  ['GET', 'http://app.example/live?x=1', true],
  ['GET', 'http://app.example/notes', false],
];

@Controller()
class NotesController {
  @Get('notes')
  notes() {
    return 'notes';
  }
}

describe.each(ADAPTERS)('isProbeRequest on %s', (_adapter, createAdapter) => {
  const start = (prefix = '', use: (request: ServerRequest) => void = () => {}) =>
    startApp(
      { imports: [HealthModule.forRoot(CONFIGURED)], controllers: [NotesController] },
      createAdapter,
      {
        configure(app) {
          if (prefix) app.setGlobalPrefix(prefix);
          app.use((incoming: ServerRequest, _response: unknown, next: () => void) => {
            use(incoming);
            next();
          });
        },
      },
    );

  it.each(REQUESTS)('returns in a tracer for %s %s: %s', async (method, path, expected) => {
    const { port } = await start();
    await get(port, '/ready');
    const seen: boolean[] = [];
    watchServer((each) => seen.push(isProbeRequest(each)));
    await request(port, { method, path });
    expect(seen).toEqual([expected]);
  });

  it('returns false for a CORS preflight', async () => {
    const { port } = await start();
    const seen: boolean[] = [];
    watchServer((each) => seen.push(isProbeRequest(each)));
    await request(port, { method: 'OPTIONS', path: '/live', headers: PREFLIGHT });
    expect(seen).toEqual([false]);
    expect(isProbeRequest({ method: 'OPTIONS', url: '/live' })).toBe(true);
  });

  it('returns true for a probe under the global prefix', async () => {
    const { port } = await start('api');
    const seen: boolean[] = [];
    watchServer((each) => seen.push(isProbeRequest(each)));
    await get(port, '/ready');
    seen.length = 0;
    // The path of a single check does not exist under the prefix.
    for (const path of ['/api/live', '/live', '/api/notes', '/api/ready/billing']) {
      await get(port, path);
    }
    expect(seen).toEqual([true, true, false, false]);
  });

  it('lets an access logger skip the probes', async () => {
    const lines: string[] = [];
    const { port } = await start('', (each) => {
      if (!isProbeRequest(each)) lines.push(`${each.method} ${each.url}`);
    });
    for (const path of ['/live', '/ready', '/notes', '/healthz']) await get(port, path);
    expect(lines).toEqual(['GET /notes', 'GET /healthz']);
  });

  it('returns true only while an app is running', async () => {
    const live = { method: 'GET', url: '/live' };
    expect(isProbeRequest(live)).toBe(false);
    const { app } = await start();
    expect(isProbeRequest(live)).toBe(true);
    expect(isProbeRequest({ method: 'GET', url: '/x', originalUrl: '/live' })).toBe(true);
    await app.close();
    expect(isProbeRequest(live)).toBe(false);
  });
});

it('isProbeRequest matches nothing of an app that fails in a bootstrap hook', async () => {
  @Injectable()
  class Failing implements OnApplicationBootstrap {
    onApplicationBootstrap() {
      throw new Error('no licence');
    }
  }
  const [, createAdapter] = ADAPTERS[0]!;
  await expect(
    startApp({ imports: [HealthModule.forRoot()], providers: [Failing] }, createAdapter),
  ).rejects.toThrow('no licence');
  expect(isProbeRequest({ method: 'GET', url: '/healthz' })).toBe(false);
});

describe.each(ADAPTERS)('an error while a request is matched, on %s', (_, createAdapter) => {
  it('is logged, and the app answers', async () => {
    const logger = new RecordingLogger();
    const { app, port } = await startApp(
      { imports: [HealthModule.forRoot()], controllers: [NotesController] },
      createAdapter,
      { logger },
    );
    vi.spyOn(app.get(ProbeRouter, { strict: false }), 'match').mockImplementation(() => {
      throw new Error('broken');
    });
    expect(await fetchText(port, '/notes')).toBe('200 notes');
    expect(logger.ofHealthModule).toContainEqual(
      expect.stringContaining('a probe could not be answered: broken'),
    );
  });
});
