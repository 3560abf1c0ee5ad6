import type { Server } from 'node:http';
import {
  type DynamicModule,
  Global,
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { onAbort } from './checks/deadline.js';
import { HealthOptionsError, invalidOptionError } from './health.errors.js';
import { ResourceExplorer } from './discovery/resource.explorer.js';
import {
  type ASYNC_OPTIONS_TYPE,
  HealthModuleBase,
  MODULE_OPTIONS_TOKEN,
} from './health.module-definition.js';
import { importedTwice } from './health.messages.js';
import { type HealthModuleOptions, RESOLVED_OPTIONS, resolveOptions } from './health.options.js';
import { addMatcher } from './http/probe-request.js';
import { ProbeRouter } from './http/probe-router.js';
import { ProbeMiddleware } from './http/probe.middleware.js';
import { ProbeResponder } from './http/probe.responder.js';
import { listeningServer, ProbeServer } from './http/probe-server.js';
import { AppChecks } from './indicators/custom/app-checks.js';
import { CustomChecks } from './indicators/custom/custom-checks.js';
import { DataSourceHealthIndicator } from './indicators/data-source.health.js';
import { MemcachedHealthIndicator } from './indicators/memcached.health.js';
import { Resources } from './indicators/resources.js';
import { AppLifecycle } from './lifecycle/app-lifecycle.js';
import { HealthMetrics } from './metrics/health-metrics.js';
import { AppServers } from './nest/app-servers.js';
import { bindToConsumer, prefixedPath } from './nest/consumer.js';
import { FirstModule, LastModule } from './nest/hook-order.js';
import { hookRequests, listenFirst, type RequestHandler } from './nest/requests.js';
import { refuseUpgrades } from './nest/server-upgrade.js';
import { ProbeChecks } from './probes/probe-checks.js';
import { ProbeService } from './probes/probe.service.js';

/**
 * What {@link HealthModule.forRootAsync} takes: `useFactory`, `useClass` or `useExisting`. A class has
 * a method `createHealthOptions()`.
 *
 * @publicApi
 */
export type HealthModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/**
 * Answers Kubernetes' probes ahead of everything else in the app.
 *
 * @publicApi
 */
@Global()
@Module({
  imports: [TerminusModule, FirstModule, LastModule],
  providers: [
    // For the bare class, which equals `forRoot()`. The providers of `forRoot()` replace it.
    { provide: MODULE_OPTIONS_TOKEN, useValue: {} },
    { provide: RESOLVED_OPTIONS, useFactory: resolveOptions, inject: [MODULE_OPTIONS_TOKEN] },
    ResourceExplorer,
    { provide: Resources, useExisting: ResourceExplorer },
    AppServers,
    AppLifecycle,
    DataSourceHealthIndicator,
    MemcachedHealthIndicator,
    CustomChecks,
    AppChecks,
    ProbeChecks,
    ProbeService,
    HealthMetrics,
    ProbeRouter,
    ProbeResponder,
    ProbeMiddleware,
    {
      provide: ProbeServer,
      useFactory: listeningServer,
      inject: [RESOLVED_OPTIONS, ProbeResponder, AppLifecycle],
    },
  ],
  exports: [ProbeService, DataSourceHealthIndicator, MemcachedHealthIndicator],
})
export class HealthModule extends HealthModuleBase implements NestModule {
  private readonly handle: RequestHandler;

  /** @internal */
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(ProbeRouter) private readonly router: ProbeRouter,
    @Inject(ProbeMiddleware) middleware: ProbeMiddleware,
    @Inject(ApplicationConfig) private readonly application: ApplicationConfig,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(AppLifecycle) lifecycle: AppLifecycle,
  ) {
    super();
    // Each instance would answer, and only the first response would be sent.
    const times = [...modules.values()].filter((each) => each.metatype === HealthModule).length;
    if (times > 1) throw new HealthOptionsError(importedTwice(times), 'imports', times);
    this.handle = middleware.handle.bind(middleware);
    hookRequests(host, this.handle);
    // Not sooner: Nest has no hook for an app that failed to start, which would stay matched.
    lifecycle.onStarted(() => {
      const remove = addMatcher(
        (request) => this.router.match(request, request.originalUrl) !== undefined,
      );
      onAbort(lifecycle.shutdown, remove);
    });
  }

  /**
   * Import it once, in the AppModule: it is global.
   *
   * @param options all have defaults, see {@link HealthModuleOptions}
   * @throws {HealthOptionsError} naming the option, its value and what is allowed
   * @example
   * ```ts
   * @Module({ imports: [HealthModule.forRoot()] })
   * export class AppModule {}
   * ```
   *
   * @publicApi
   */
  static override forRoot(options: HealthModuleOptions = {}): DynamicModule {
    resolveOptions(options);
    return super.forRoot(options);
  }

  /**
   * As {@link HealthModule.forRoot}, with options that are made by a factory, a class or a provider.
   *
   * @throws {HealthOptionsError} when there is none of the three; and, while the app is being created, naming the
   * option, its value and what is allowed
   * @example
   * ```ts
   * HealthModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({
   *     timeoutMs: Number(config.getOrThrow('PROBE_TIMEOUT_MS')),
   *   }),
   * })
   * ```
   *
   * @publicApi
   */
  static override forRootAsync(options: HealthModuleAsyncOptions): DynamicModule {
    // Nest's own error would name a provider nobody knows.
    const { useFactory, useClass, useExisting } = options ?? {};
    if (typeof useFactory !== 'function' && !useClass && !useExisting) {
      const allowed = 'a function, or useClass or useExisting in its place';
      throw invalidOptionError("forRootAsync's useFactory", useFactory, allowed);
    }
    return super.forRootAsync(options);
  }

  // Nest calls it when there is a server, and the app's global prefix is known.
  configure(consumer: MiddlewareConsumer): void {
    const { host, router, application, handle } = this;
    const server: Server | undefined = host.httpAdapter.getHttpServer();
    if (server) {
      listenFirst(server, handle);
      refuseUpgrades(server, (request) => router.match(request) !== undefined, handle);
    }
    if (bindToConsumer(consumer, ProbeMiddleware, router.paths, host, application)) {
      router.addPrefixed((path) => prefixedPath(application, path));
    }
  }
}
