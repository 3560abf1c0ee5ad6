import { Inject, Injectable, Module } from '@nestjs/common';
import {
  HealthModule,
  type HealthModuleAsyncOptions,
  type HealthModuleOptions,
} from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, createWithFactory, startApp } from '../support/app.js';
import { EchoController } from '../support/echo.js';
import { fetchText } from '../support/request.js';

@Injectable()
class Config {
  readonly path = '/alive';
}

@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

@Injectable()
class HealthConfig {
  constructor(@Inject(Config) private readonly config: Config) {}

  createHealthOptions(): HealthModuleOptions {
    return { liveness: this.config.path };
  }
}

@Module({ imports: [ConfigModule], providers: [HealthConfig], exports: [HealthConfig] })
class HealthConfigModule {}

const WAYS: [string, HealthModuleAsyncOptions][] = [
  [
    'useFactory',
    {
      imports: [ConfigModule],
      inject: [Config],
      useFactory: ({ path }: Config) => ({ liveness: path }),
    },
  ],
  [
    'an async useFactory',
    {
      imports: [ConfigModule],
      inject: [Config],
      useFactory: async ({ path }: Config) => {
        await new Promise(setImmediate);
        return { liveness: path };
      },
    },
  ],
  ['useClass', { imports: [ConfigModule], useClass: HealthConfig }],
  ['useExisting', { imports: [HealthConfigModule], useExisting: HealthConfig }],
];

describe.each(ADAPTERS)('forRootAsync() on %s', (_adapter, createAdapter) => {
  const start = (options: HealthModuleAsyncOptions) =>
    startApp(
      { imports: [HealthModule.forRootAsync(options)], controllers: [EchoController] },
      createAdapter,
      {
        configure: (app) => {
          app.setGlobalPrefix('api');
          app.use(() => {
            throw new Error('a probe must not reach this');
          });
        },
      },
    );

  it.each(WAYS)('uses options from %s, and responds ahead of the app', async (_way, options) => {
    const { port } = await start(options);
    await expect(fetchText(port, '/alive')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/healthz')).resolves.toMatch(/^500 /);
  });

  it('uses the defaults when the factory returns {}', async () => {
    const { port } = await start({ useFactory: () => ({}) });
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
  });

  it.each([[undefined], [null], [[]]])('rejects when the factory returns %o', async (wrong) => {
    const invalid = HealthModule.forRootAsync({ useFactory: () => wrong as HealthModuleOptions });
    await expect(createWithFactory({ imports: [invalid] }, createAdapter)).rejects.toThrow(
      /^HealthModule: options is .*; allowed: an object\.$/,
    );
  });

  it('responds under the global prefix too', async () => {
    const { port } = await startApp(
      { imports: [HealthModule.forRootAsync({ useFactory: () => ({ liveness: '/alive' }) })] },
      createAdapter,
      { configure: (app) => app.setGlobalPrefix('api') },
    );
    await expect(fetchText(port, '/api/alive')).resolves.toBe('200 OK');
  });

  it('rejects with the error of the factory', async () => {
    const failing = HealthModule.forRootAsync({
      useFactory: () => Promise.reject(new Error('no configuration')),
    });
    await expect(createWithFactory({ imports: [failing] }, createAdapter)).rejects.toThrow(
      'no configuration',
    );
  });
});
