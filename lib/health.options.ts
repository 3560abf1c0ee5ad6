import { invalidOptionError } from './health.errors.js';
import { type DataSourceChecks, resolveDataSources } from './options/data-source.options.js';
import { type Details, detailsRule } from './options/details.js';
import { type MemcachedChecks, resolveMemcached } from './options/memcached.options.js';
import { type MetricsOptions, resolveMetrics } from './options/metrics.options.js';
import {
  type Probe,
  type ProbeOptions,
  type ResolvedProbe,
  resolveProbes,
} from './options/probe.options.js';
import {
  anObject,
  isObject,
  milliseconds,
  millisecondsOrZero,
  validate,
  objectOrFalse,
  pathObjectOrFalse,
  type Rule,
  trueOrFalse,
  wholeNumber,
} from './options/rules.js';
import {
  type ResolvedServer,
  resolveServer,
  type ServerOptions,
} from './options/server.options.js';

/**
 * Options of {@link HealthModule}. All have defaults that suit most apps.
 *
 * @publicApi
 */
export interface HealthModuleOptions {
  /**
   * "Is the app alive?" Its path, its options, or `false` to not answer it.
   *
   * @default '/healthz'
   */
  liveness?: ProbeOptions | string | false;

  /**
   * "Can the app serve?" Its path, its options, or `false` to not answer it.
   *
   * @default '/readiness'
   */
  readiness?: ProbeOptions | string | false;

  /**
   * "Has Nest bootstrapped the app?" Its path, its options, or `false` to not answer it.
   *
   * @default '/startupz'
   */
  startup?: ProbeOptions | string | false;

  /**
   * Deadline of one check, in milliseconds. Kubernetes' `timeoutSeconds` must be longer.
   *
   * @default 3000
   */
  timeoutMs?: number;

  /**
   * How long the result of a check is shared, in milliseconds. 0: every probe checks.
   *
   * @default 250
   */
  freshMs?: number;

  /**
   * The checks of TypeORM `DataSource`s, or `false` for none.
   *
   * @default {}
   */
  dataSources?: DataSourceChecks | false;

  /**
   * The checks of memcached servers, or `false` for none.
   *
   * @default {}
   */
  memcached?: MemcachedChecks | false;

  /**
   * How much a response contains. `'status'`: names, states, sentences and times. `'full'`: also addresses,
   * and the classes and codes of errors, but no error's message: see {@link Details}.
   *
   * @default 'status'
   */
  details?: Details;

  /**
   * Whether browsers get a page, which refreshes itself. `false`: they get text.
   *
   * @default true
   */
  html?: boolean;

  /**
   * Shows the latest results as metrics of `prom-client`. A scrape runs no check.
   *
   * @default none
   * @example
   * import * as client from 'prom-client';
   * metrics: { client }
   */
  metrics?: MetricsOptions;

  /**
   * HTTP status of a probe that fails, 400 to 599.
   *
   * @default 503
   */
  unhealthyStatus?: number;

  /**
   * HTTP status of a probe that is degraded: 200 to 399, of which Kubernetes takes 2xx for success (a 3xx
   * has no `Location`), or 429, which Consul reads as a warning and Kubernetes as a failure.
   *
   * @default 200
   */
  degradedStatus?: number;

  /**
   * How long the app stays open, not ready, before Nest closes anything, in milliseconds: the time
   * that load balancers need to notice. An app that no client can connect to closes at once. On SIGTERM
   * it needs `app.enableShutdownHooks()`. Kubernetes' `terminationGracePeriodSeconds` must be longer.
   *
   * @default 0
   */
  drainMs?: number;

  /**
   * The probes on a port of their own too, which listens while the app is still being built and
   * closes last. Also for apps without HTTP.
   *
   * @default none
   * @example
   * server: { port: 9000 }
   */
  server?: ServerOptions;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly probes: Readonly<Record<Probe, ResolvedProbe>>;
  readonly freshMs: number;
  readonly timeoutMs: number;
  readonly dataSources: Readonly<Required<DataSourceChecks>> | false;
  readonly memcached: Readonly<Required<MemcachedChecks>> | false;
  readonly details: Details;
  readonly html: boolean;
  readonly metrics: Readonly<Required<MetricsOptions>> | undefined;
  readonly unhealthyStatus: number;
  readonly degradedStatus: number;
  readonly drainMs: number;
  readonly server: ResolvedServer | undefined;
}

/** Injection token of {@link ResolvedOptions}. */
export const RESOLVED_OPTIONS = Symbol('HEALTH_RESOLVED_OPTIONS');

const success = wholeNumber(200, 399);
const successOrWarning: Rule = {
  allowed: `${success.allowed}, or 429; anything else would fail a probe that passes`,
  accepts: (value) => value === 429 || success.accepts(value),
};

const RULES = {
  liveness: pathObjectOrFalse,
  readiness: pathObjectOrFalse,
  startup: pathObjectOrFalse,
  timeoutMs: milliseconds,
  freshMs: millisecondsOrZero,
  dataSources: objectOrFalse,
  memcached: objectOrFalse,
  details: detailsRule,
  html: trueOrFalse,
  metrics: anObject,
  unhealthyStatus: wholeNumber(400, 599),
  degradedStatus: successOrWarning,
  drainMs: millisecondsOrZero,
  server: anObject,
};

/**
 * Validates the options and fills in the defaults.
 *
 * @throws {HealthOptionsError} with the option, its value and the allowed values
 */
export function resolveOptions(options: HealthModuleOptions): ResolvedOptions {
  if (!isObject(options)) {
    throw invalidOptionError('options', options, 'an object');
  }
  validate(RULES, options);
  const { timeoutMs = 3000, details = 'status' } = options;
  const probes = resolveProbes(options, timeoutMs);
  const deadlineMs = (given = timeoutMs) => Math.min(given, probes.readiness.longestMs);
  return {
    probes,
    timeoutMs,
    freshMs: options.freshMs ?? 250,
    dataSources: resolveDataSources(options.dataSources, deadlineMs),
    memcached: resolveMemcached(options.memcached, deadlineMs),
    details,
    html: options.html ?? true,
    metrics: resolveMetrics(options.metrics),
    unhealthyStatus: options.unhealthyStatus ?? 503,
    degradedStatus: options.degradedStatus ?? 200,
    drainMs: options.drainMs ?? 0,
    server: resolveServer(options.server, details),
  };
}
