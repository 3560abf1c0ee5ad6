import {
  type MiddlewareConsumer,
  type NestMiddleware,
  RequestMethod,
  type Type,
} from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';

/**
 * Binds the probes as middleware of the app, as Nest's graph shows them; under the app's global prefix
 * if it has one. On Fastify without a prefix they are not bound: the first middleware of an app costs
 * every other request 8 % more instructions there, while three routes cost 0.3 % on Express.
 *
 * @returns whether they are bound
 */
export function bindToConsumer(
  consumer: MiddlewareConsumer,
  middleware: Type<NestMiddleware>,
  paths: readonly string[],
  { httpAdapter }: HttpAdapterHost,
  application: ApplicationConfig,
): boolean {
  const isFastify = httpAdapter.getType() === 'fastify';
  if (!paths.length || (isFastify && !application.getGlobalPrefix())) return false;
  // A Fastify app without middie (`skipMiddie`) would not start with a middleware.
  const framework = httpAdapter.getInstance() as { use?: unknown } | undefined;
  if (typeof framework?.use !== 'function') return false;
  // One route for all methods, since every request is matched with each route. Without a version: many
  // versions of Nest 11, and 12.0, put the symbol VERSION_NEUTRAL into the path.
  consumer
    .apply(middleware)
    .forRoutes(...paths.map((path) => ({ path, method: RequestMethod.ALL })));
  return true;
}

/** The path that {@link bindToConsumer} binds under the app's global prefix; undefined when it is excluded. */
export function prefixedPath(application: ApplicationConfig, path: string): string | undefined {
  const prefix = `/${application.getGlobalPrefix()}/`.replaceAll(/\/{2,}/g, '/');
  // As Nest does for a route of all methods: an exclusion of GET alone does not apply to it.
  const isExcluded = application
    .getGlobalPrefixOptions()
    .exclude?.some(
      ({ requestMethod, pathRegex }) => requestMethod === RequestMethod.ALL && pathRegex.test(path),
    );
  return prefix === '/' || isExcluded ? undefined : prefix + path.slice(1);
}
