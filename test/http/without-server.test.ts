import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { HealthModule } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADAPTERS, createWithFactory, createWithTestingModule, startApp } from '../support/app.js';
import { get, say } from '../support/request.js';
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
      for (const path of ['/healthz', '/readiness', '/startupz']) {
        await expect(say(port, path)).resolves.toBe('200 OK');
      }
      expect(trail.take()).toEqual([]);
      await expect(get(port, '/notes/1')).resolves.toMatchObject({ status: 500 });
      expect(trail.take()).toEqual(everybody.slice(0, 1));

      trail.failing = false;
      await expect(say(port, '/notes/1')).resolves.toBe('200 note 1');
      expect(trail.take()).toEqual(everybody);
    });
  });
});
