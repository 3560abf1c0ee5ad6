import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { HealthModule } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADAPTERS, createWithFactory, createWithTestingModule, startApp } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { get, request, fetchText } from '../support/request.js';
import { ALL_STEPS, registerGlobals, Trail, trailModule } from '../support/trail.js';

/** Passes requests to the framework directly, as serverless platforms and `inject()` do. */
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
  readonly steps: readonly string[];
}

const fullModule = (trail: Trail) => trailModule(trail, [HealthModule.forRoot()]);
const stepsFrom = (first: string) => ALL_STEPS.slice(ALL_STEPS.indexOf(first));

const CASES: [string, Case][] = [
  ['middleware in main.ts and in modules', { configure: registerGlobals, steps: ALL_STEPS }],
  [
    'middleware in modules alone',
    {
      configure: () => {},
      steps: stepsFrom('middleware of an earlier global module').filter(isOfModules),
    },
  ],
  [
    'no middleware',
    {
      module: (trail) => ({ ...fullModule(trail), imports: [HealthModule.forRoot()] }),
      configure: () => {},
      steps: stepsFrom('APP_GUARD').filter(isOfModules),
    },
  ],
  [
    'no middleware but under a global prefix',
    {
      module: (trail) => ({ ...fullModule(trail), imports: [HealthModule.forRoot()] }),
      configure: (_trail, app) => void app.setGlobalPrefix('api', { exclude: ['notes/:id'] }),
      steps: stepsFrom('APP_GUARD').filter(isOfModules),
    },
  ],
];

function isOfModules(step: string): boolean {
  return !step.startsWith('useGlobal');
}

const adapterOf = (app: INestApplication) => app.getHttpAdapter() as AbstractHttpAdapter;

/** Other ways to configure the framework before the app listens. */
const CONFIGURATIONS: [string, (app: INestApplication) => unknown][] = [
  [
    'a middleware that the framework runs',
    (app) => {
      const framework = adapterOf(app).getInstance() as Partial<Pick<INestApplication, 'use'>>;
      // Fastify has use() only after init(), which this test calls later.
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
  ['an onRequest hook of the app', (app) => adapterOf(app).setOnRequestHook(refuseByHook)],
];

type End = { end(text: string): unknown };
const refuse = (_request: unknown, response: End) => response.end('refused');
const refuseByHook = (_request: unknown, response: End & { raw?: End }) =>
  refuse(_request, response.raw ?? response);

const CREATED_BY = { createWithFactory, createWithTestingModule };

describe.each(ADAPTERS)(
  'HealthModule answers requests that bypass the server of %s',
  (_adapter, createAdapter) => {
    describe.each(Object.entries(CREATED_BY))('with %s,', (_by, create) => {
      it.each(CASES)('ahead of %s', async (_case, { module = fullModule, configure, steps }) => {
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
        expect(trail.take()).toEqual(steps.slice(0, 1));

        trail.failing = false;
        await expect(fetchText(port, '/notes/1')).resolves.toBe('200 note 1');
        expect(trail.take()).toEqual(steps);
      });

      it.each(CONFIGURATIONS)('ahead of %s', async (_case, configure) => {
        const metadata = { imports: [HealthModule.forRoot()] };
        const { app } = await startApp(metadata, createAdapter, { configure }, create);
        const port = await serve(app);
        await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
        await expect(fetchText(port, '/elsewhere')).resolves.toMatch(/^200 refused$|^500 /);
      });
    });

    // HealthModule reads the hook from a private field of Nest's adapters.
    it('and keeps the hook that the adapter already had', async () => {
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
      ['is async', async (_request, _response, done) => done()],
      [
        'throws an error',
        () => {
          throw new Error('no');
        },
      ],
      ['calls back with an error', (_request, _response, done) => done(new Error('no'))],
    ] as [string, Hook][])('and passes other requests to a hook that %s', async (how, hook) => {
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
  },
);
