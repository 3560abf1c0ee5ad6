import { RequestMethod } from '@nestjs/common';
import { AbstractHttpAdapter, ApplicationConfig } from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import { prefixedPath } from '../../lib/nest/consumer.js';
import { ADAPTERS } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { look } from './fields.js';

describe.each(ADAPTERS)("the adapter of Nest's for %s", (adapter, createAdapter) => {
  it('keeps its request hook in onRequestHook', () => {
    const instance: AbstractHttpAdapter = createAdapter();
    expect(look(instance).onRequestHook).toBeUndefined();
    const hook = vi.fn<() => void>();
    instance.setOnRequestHook(hook);
    expect(look(instance).onRequestHook).toBe(hook);
  });

  it('overrides setOnRequestHook(), which does nothing in an adapter without a hook', () => {
    const { setOnRequestHook } = AbstractHttpAdapter.prototype;
    expect(setOnRequestHook).toBeTypeOf('function');
    expect(createAdapter().setOnRequestHook).not.toBe(setOnRequestHook);
  });

  it('names its kind, and has a framework that takes middleware', async () => {
    const { app } = await startEcho(createAdapter);
    const instance = app.getHttpAdapter();
    expect(instance.getType()).toBe(adapter.toLowerCase());
    expect(instance.getInstance()).toHaveProperty('use', expect.any(Function));
  });

  it('keeps the exclusions from the global prefix as regular expressions, with their method', async () => {
    const { app } = await startEcho(
      createAdapter,
      {},
      {
        configure: (each) =>
          each.setGlobalPrefix('api', {
            exclude: ['healthz', 'a/*path', { path: 'readiness', method: RequestMethod.GET }],
          }),
      },
    );
    const application = app.get(ApplicationConfig, { strict: false });
    expect(application.getGlobalPrefixOptions().exclude).toMatchObject([
      { requestMethod: RequestMethod.ALL, pathRegex: expect.any(RegExp) },
      { requestMethod: RequestMethod.ALL, pathRegex: expect.any(RegExp) },
      { requestMethod: RequestMethod.GET, pathRegex: expect.any(RegExp) },
    ]);
    const paths = ['/healthz', '/a/healthz', '/readiness', '/startupz'];
    expect(paths.map((path) => prefixedPath(application, path))).toEqual([
      undefined,
      undefined,
      '/api/readiness',
      '/api/startupz',
    ]);
  });
});
