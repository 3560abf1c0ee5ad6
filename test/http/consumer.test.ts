import type { INestApplication } from '@nestjs/common';
import { SerializedGraph } from '@nestjs/core';
import { HealthModule, type HealthModuleOptions } from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, startApp } from '../support/app.js';

interface Entrypoint {
  type: string;
  className: string;
  metadata: { path: string; requestMethod: string; version?: unknown };
}

const PATHS = ['/healthz', '/readiness', '/startupz'];

const boundRoutes = (app: INestApplication) => {
  const { entrypoints } = app.get(SerializedGraph).toJSON();
  return (Object.values(entrypoints).flat() as unknown as Entrypoint[])
    .filter(({ type, className }) => type === 'middleware' && className === 'ProbeMiddleware')
    .map(({ metadata: { path, requestMethod, version } }) => ({ path, requestMethod, version }));
};
const routes = (paths: readonly string[]) =>
  paths.map((path) => ({ path, requestMethod: 'ALL', version: undefined }));

describe.each(ADAPTERS)("probes in Nest's graph on %s", (adapter, createAdapter) => {
  const start = (prefix = '', options: HealthModuleOptions = {}) =>
    startApp({ imports: [HealthModule.forRoot(options)] }, createAdapter, {
      options: { snapshot: true },
      configure: (app) => void (prefix && app.setGlobalPrefix(prefix)),
    });

  it(`are ${adapter === 'Express' ? 'bound' : 'not bound, which would slow other requests,'} without a prefix`, async () => {
    const { app } = await start();
    expect(boundRoutes(app)).toEqual(adapter === 'Express' ? routes(PATHS) : []);
  });

  it('are bound under a global prefix', async () => {
    const { app } = await start('api');
    expect(boundRoutes(app)).toEqual(routes(PATHS));
  });

  it('are bound only when they are enabled', async () => {
    const { app } = await start('api', { liveness: { path: ['/a', '/b'] }, startup: false });
    expect(boundRoutes(app)).toEqual(routes(['/a', '/b', '/readiness']));
    const off = await start('api', { liveness: false, readiness: false, startup: false });
    expect(boundRoutes(off.app)).toEqual([]);
  });
});
