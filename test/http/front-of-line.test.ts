import { type INestApplication, type NestApplicationOptions, VersioningType } from '@nestjs/common';
import { LazyModuleLoader, type NestApplication } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HealthModule } from 'nestjs-healthz';
import { describe, expect, it, vi } from 'vitest';
import {
  ADAPTERS,
  type Create,
  createWithFactory,
  createWithTestingModule,
  startApp,
} from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { get, request, fetchText } from '../support/request.js';
import { ALL_STEPS, registerGlobals, Trail, trailModule } from '../support/trail.js';

const CREATED_BY: [string, Create][] = [
  ['NestFactory.create', createWithFactory],
  ['Test.createTestingModule', createWithTestingModule],
];

interface Case {
  options?: NestApplicationOptions;
  configure?: (app: INestApplication) => void;
  /** The path of the app's notes. */
  notes?: string;
  headers?: Record<string, string>;
  /** Rejects when the app is not configured as the case claims. */
  verify?: (port: number) => Promise<void>;
}

const CASES: [string, Case][] = [
  ['the default configuration', {}],
  ['a global prefix', { configure: (app) => app.setGlobalPrefix('api'), notes: '/api/notes' }],
  [
    'a global prefix that the probe paths are excluded from',
    {
      configure: (app) => app.setGlobalPrefix('api', { exclude: ['healthz', 'readiness'] }),
      notes: '/api/notes',
    },
  ],
  [
    'URI versioning',
    {
      configure: (app) => app.enableVersioning({ type: VersioningType.URI }),
      notes: '/v1/notes',
    },
  ],
  [
    'a global prefix and URI versioning with a default version',
    {
      configure: (app) =>
        app
          .setGlobalPrefix('api')
          .enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
      notes: '/api/v1/notes',
    },
  ],
  [
    'header versioning with a default version',
    {
      configure: (app) =>
        app.enableVersioning({
          type: VersioningType.HEADER,
          header: 'X-Version',
          defaultVersion: '2',
        }),
      headers: { 'x-version': '1' },
    },
  ],
  [
    'CORS',
    {
      options: { cors: { origin: ['https://shop.example'], credentials: true } },
      headers: { origin: 'https://shop.example' },
      async verify(port) {
        const { headers } = await get(port, '/notes/1', { origin: 'https://shop.example' });
        expect(headers['access-control-allow-origin']).toBe('https://shop.example');
      },
    },
  ],
  ['the body parser off', { options: { bodyParser: false } }],
  ['raw bodies', { options: { rawBody: true } }],
  [
    'security headers',
    {
      configure: (app) => (app as NestApplication).useSecurityHeaders(),
      async verify(port) {
        const { headers } = await get(port, '/notes/1');
        expect(headers).toHaveProperty('content-security-policy');
      },
    },
  ],
  [
    'CSRF protection and a request from another site',
    {
      configure: (app) => (app as NestApplication).enableCsrfProtection(),
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      async verify(port) {
        const headers = { 'sec-fetch-site': 'cross-site' };
        const { status } = await request(port, { method: 'POST', path: '/healthz', headers });
        expect(status).toBe(403);
      },
    },
  ],
];

/** Functions of the app that Nest calls before any middleware. */
const FAILING_EARLY: [string, Case][] = [
  [
    'a CORS policy that fails, such as one kept in the database',
    { options: { cors: (_request: unknown, answer) => answer(new Error('it is down'), {}) } },
  ],
  [
    'a version extractor that fails, such as one that requires a header',
    {
      configure: (app) =>
        app.enableVersioning({
          type: VersioningType.CUSTOM,
          extractor: () => {
            throw new Error('no version');
          },
        }),
    },
  ],
];

describe.each(ADAPTERS)(
  'HealthModule on %s answers ahead of the app',
  (_adapter, createAdapter) => {
    it('when it is loaded into an app that is already listening', async () => {
      const trail = new Trail();
      const { app, port } = await startApp(trailModule(trail, []), createAdapter, {
        configure: (each) => registerGlobals(trail, each),
      });
      trail.failing = true;
      await expect(fetchText(port, '/healthz')).resolves.toMatch(/^500 /);
      await app.get(LazyModuleLoader).load(() => HealthModule.forRoot());
      trail.take();
      await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
      expect(trail.take()).toEqual([]);
    });

    describe.each(CREATED_BY)('created by %s,', (_by, create) => {
      const start = async ({ options, configure }: Partial<Case>) => {
        const trail = new Trail();
        const { port } = await startApp(
          trailModule(trail, [HealthModule.forRoot()]),
          createAdapter,
          {
            options,
            configure(app) {
              configure?.(app);
              registerGlobals(trail, app);
            },
          },
          create,
        );
        return { port, trail };
      };

      it.each(CASES)(
        'with %s',
        async (_case, { notes = '/notes', headers = {}, verify, ...setup }) => {
          const { port, trail } = await start(setup);
          trail.failing = true;
          for (const path of ['/healthz', '/readiness', '/startupz']) {
            await expect(fetchText(port, path, headers)).resolves.toBe('200 OK');
            await expect(request(port, { method: 'HEAD', path, headers })).resolves.toMatchObject({
              status: 200,
            });
          }
          expect(trail.take()).toEqual([]);

          await expect(get(port, `${notes}/1`, headers)).resolves.toMatchObject({ status: 500 });
          expect(trail.take()).toEqual(['app.use()']);

          trail.failing = false;
          await expect(fetchText(port, `${notes}/1`, headers)).resolves.toBe('200 note 1');
          expect(trail.take()).toEqual(ALL_STEPS);
          await verify?.(port);
        },
      );

      it.each(FAILING_EARLY)('with %s', async (_case, setup) => {
        const { port, trail } = await start(setup);
        await expect(fetchText(port, '/notes/1')).resolves.toMatch(/^500 /);
        trail.take();
        await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
        expect(trail.take()).toEqual([]);
      });

      it('and its exception filters', async () => {
        const { port, trail } = await start({});
        await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
        expect(trail.take()).toEqual([]);

        await expect(fetchText(port, '/notes/lost')).resolves.toBe('500 APP_FILTER');
        expect(trail.take()).toEqual([...ALL_STEPS, 'APP_FILTER']);

        await expect(fetchText(port, '/notes/shelved')).resolves.toBe('500 useGlobalFilters');
        expect(trail.take()).toEqual([...ALL_STEPS, 'useGlobalFilters']);
      });
    });
  },
);

describe('HealthModule answers ahead of the framework', () => {
  it('on Express, which would add X-Powered-By', async () => {
    const { port } = await startEcho(() => new ExpressAdapter());
    const hasPoweredBy = async (path: string) => 'x-powered-by' in (await get(port, path)).headers;
    await expect(hasPoweredBy('/notes')).resolves.toBe(true);
    await expect(hasPoweredBy('/healthz')).resolves.toBe(false);
  });

  it('on Fastify, which may rewrite the URL', async () => {
    const rewriteUrl = vi.fn<() => string>(() => '/elsewhere');
    const { port } = await startEcho(() => new FastifyAdapter({ rewriteUrl }));
    await expect(fetchText(port, '/notes')).resolves.toMatch(/^200 /);
    expect(rewriteUrl).toHaveBeenCalledOnce();
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    expect(rewriteUrl).toHaveBeenCalledOnce();
  });
});
