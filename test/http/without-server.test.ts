import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { HealthModule } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADAPTERS, createWithFactory, createWithTestingModule, startApp } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { get, request, fetchText } from '../support/request.js';
import { EVERYBODY, leaveTrail, Trail, trailModule } from '../support/trail.js';

/** Hands requests to the framework itself, as serverless platforms and `inject()` do. */
async function serve(app: INestApplication): Promise<number> {
  const instance = app.getHttpAdapter().getInstance() as RequestListener & {
    readonly routing?: RequestListener;
  };
  const server = createServer(instance.routing ?? instance);
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

type Hook = (request: unknown, response: unknown, done: (error?: Error) => void) => unknown;

interface Case {
  readonly module?: (trail: Trail) => ModuleMetadata;
  readonly configure: (trail: Trail, app: INestApplication) => void;
  readonly everybody: readonly string[];
}

const ofAll = (trail: Trail) => trailModule(trail, [HealthModule.forRoot()]);
const startingWith = (first: string) => EVERYBODY.slice(EVERYBODY.indexOf(first));

const CASES: [string, Case][] = [
  ['middleware in main.ts and in modules', { configure: leaveTrail, everybody: EVERYBODY }],
  [
    'middleware in modules alone',
    {
      configure: () => {},
      everybody: startingWith('middleware of an earlier global module').filter(isOfModules),
    },
  ],
  [
    'no middleware',
    {
      module: (trail) => ({ ...ofAll(trail), imports: [HealthModule.forRoot()] }),
      configure: () => {},
      everybody: startingWith('APP_GUARD').filter(isOfModules),
    },
  ],
  [
    'no middleware but under a global prefix',
    {
      module: (trail) => ({ ...ofAll(trail), imports: [HealthModule.forRoot()] }),
      configure: (_trail, app) => void app.setGlobalPrefix('api', { exclude: ['notes/:id'] }),
      everybody: startingWith('APP_GUARD').filter(isOfModules),
    },
  ],
];

function isOfModules(step: string): boolean {
  return !step.startsWith('useGlobal');
}

const adapterOf = (app: INestApplication) => app.getHttpAdapter() as AbstractHttpAdapter;

/** What else an app does with its framework, before it is up. */
const DOINGS: [string, (app: INestApplication) => unknown][] = [
  [
    'a middleware of the framework itself',
    (app) => {
      const framework = adapterOf(app).getInstance() as Partial<Pick<INestApplication, 'use'>>;
      // Fastify has it from init() on, which in a test comes later.
      return framework.use ? framework.use(refuse) : app.use(refuse);
    },
  ],
  [
    'a CORS policy that fails',
    (app) =>
      app.enableCors((_: unknown, answer: (error: Error) => void) =>
        answer(new Error('it is down')),
      ),
  ],
  ['a hook of its own', (app) => adapterOf(app).setOnRequestHook(refuseByHook)],
];

type End = { end(text: string): unknown };
const refuse = (_request: unknown, response: End) => response.end('refused');
const refuseByHook = (_request: unknown, response: End & { raw?: End }) =>
  refuse(_request, response.raw ?? response);

const CREATED_BY = { createWithFactory, createWithTestingModule };

describe.each(ADAPTERS)('requests that come without the server of %s', (_name, createAdapter) => {
  describe.each(Object.entries(CREATED_BY))('%s', (_by, create) => {
    it.each(CASES)('ahead of %s', async (_case, { module = ofAll, configure, everybody }) => {
      const trail = new Trail();
      const { app } = await startApp(
        module(trail),
        createAdapter,
        { configure: (each) => configure(trail, each) },
        create,
      );
      const port = await serve(app);

      trail.failing = true;
      for (const path of ['/healthz', '/readiness', '/startupz', 'http://app.example/healthz']) {
        await expect(fetchText(port, path)).resolves.toBe('200 OK');
        await expect(request(port, { method: 'OPTIONS', path })).resolves.toMatchObject({
          status: 200,
        });
      }
      expect(trail.take()).toEqual([]);
      await expect(get(port, '/notes/1')).resolves.toMatchObject({ status: 500 });
      expect(trail.take()).toEqual(everybody.slice(0, 1));

      trail.failing = false;
      await expect(fetchText(port, '/notes/1')).resolves.toBe('200 note 1');
      expect(trail.take()).toEqual(everybody);
    });

    it.each(DOINGS)('ahead of %s', async (_what, configure) => {
      const metadata = { imports: [HealthModule.forRoot()] };
      const { app } = await startApp(metadata, createAdapter, { configure }, create);
      const port = await serve(app);
      await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
      await expect(fetchText(port, '/elsewhere')).resolves.toMatch(/^200 refused$|^500 /);
    });
  });

  // Read from a private field of Nest's adapters.
  it('keeps the hook that the adapter came with', async () => {
    const { app } = await startEcho(() => {
      const adapter: AbstractHttpAdapter = createAdapter();
      adapter.setOnRequestHook(refuseByHook);
      return adapter as ReturnType<typeof createAdapter>;
    });
    const port = await serve(app);
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/elsewhere')).resolves.toBe('200 refused');
  });

  it.each([
    ['calls back', (_request, _response, done) => void setImmediate(done)],
    ['is asynchronous', async (_request, _response, done) => done()],
    [
      'throws an error',
      () => {
        throw new Error('no');
      },
    ],
    ['calls back with an error', (_request, _response, done) => done(new Error('no'))],
  ] as [string, Hook][])('leave the others to a hook of the app that %s', async (how, hook) => {
    const { app } = await startEcho(
      createAdapter,
      {},
      {
        configure: (each) => adapterOf(each).setOnRequestHook(hook),
      },
    );
    const port = await serve(app);
    const others = how.endsWith('error') ? /^500 / : /^200 app: GET /;
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/elsewhere')).resolves.toMatch(others);
    await expect(fetchText(port, '/readiness/none')).resolves.toMatch(others);
  });
});
