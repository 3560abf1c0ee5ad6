import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { invalidOption } from './health.messages.js';
import type { MemcachedClientAdapter } from './indicators/memcached/client-adapter.js';
import {
  adapters,
  anObject,
  checks,
  errorStatus,
  isObject,
  metricsRegister,
  milliseconds,
  millisecondsOrZero,
  names,
  nonEmpty,
  obey,
  objectOrFalse,
  oneOf,
  pathObjectOrFalse,
  pathOrPaths,
  port,
  trueOrFalse,
} from './option-rules.js';

/**
 * The probes of an app.
 *
 * @publicApi
 */
export type Probe = 'liveness' | 'readiness' | 'startup';

/**
 * One probe: where it answers and what else it checks.
 *
 * @publicApi
 */
export interface ProbeOptions {
  /**
   * Absolute path, or several. Matched exactly; a query is allowed.
   *
   * @default '/healthz', '/readiness', '/startupz'
   */
  path?: string | string[];

  /**
   * Terminus health indicator functions the probe asks too.
   *
   * A check on `liveness` makes Kubernetes restart the container when it fails: never put a
   * database there.
   *
   * @default []
   * @example
   * readiness: { checks: [() => http.pingCheck('billing', 'http://billing/healthz')] }
   */
  checks?: HealthIndicatorFunction[];

  /**
   * Names among `checks` that the app can do without: down is reported as `degraded`, and does not
   * fail the probe. Names are those the checks report; one that has not answered yet has the name of
   * its function, or else its place, as in `readiness.checks[0]`.
   *
   * @default []
   * @example
   * readiness: { checks: [function billing() { … }], optional: ['billing'] }
   */
  optional?: string[];

  /**
   * Deadline of this probe's checks, in milliseconds. Also the longest that each
   * {@link ProbeIndicator} of this probe is given, and on readiness the DataSources and memcached servers.
   *
   * @default the module's `timeoutMs`
   */
  timeoutMs?: number;
}

/**
 * How the TypeORM `DataSource`s are checked.
 *
 * @publicApi
 */
export interface DataSourceChecks {
  /**
   * Names of DataSources that are not checked, as in `db.<name>`.
   *
   * @default []
   */
  exclude?: string[];

  /**
   * Names of DataSources the app can do without: down is reported as `degraded`, still ready.
   *
   * @default []
   */
  optional?: string[];

  /**
   * Deadline of one check, in milliseconds.
   *
   * @default the module's `timeoutMs`
   */
  timeoutMs?: number;

  /**
   * Whether DataSources that are not initialized when the app has bootstrapped, as with
   * `manualInitialization: true`, are brought up in the background: the app starts without its
   * database, and becomes ready when that comes. One attempt at a time each, up to 2 s apart; 30 s
   * after one that connected but could not set up the schema.
   *
   * @default false
   */
  connect?: boolean;

  /**
   * Whether each server of a `replication` config is asked by itself, as `db.<name>.primary`,
   * `db.<name>.replica-1` and so on: a replica that is down is `degraded`, still ready. `false`: only
   * the primary is asked, as `db.<name>`.
   *
   * @default true
   */
  replicas?: boolean;

  /**
   * What it means when the app holds every connection of its pool and the database is alive:
   * `'ready'` (reported as `degraded`) or `'notReady'`. A pool that has served nobody for ten
   * deadlines is never ready.
   *
   * @default 'ready'
   */
  onPoolBusy?: 'ready' | 'notReady';
}

/**
 * How the memcached servers are checked.
 *
 * @publicApi
 */
export interface MemcachedChecks {
  /**
   * Names of clients whose servers are not checked, as in `cache.<name>`.
   *
   * @default []
   */
  exclude?: string[];

  /**
   * Names of clients the app can do without: down is reported as `degraded`, still ready.
   *
   * @default []
   */
  optional?: string[];

  /**
   * Deadline of one check, in milliseconds.
   *
   * @default the module's `timeoutMs`
   */
  timeoutMs?: number;

  /**
   * Clients the module cannot find by itself, or caches in front of some, by the name they are to be
   * reported as.
   *
   * @default {}
   * @example
   * memcached: { clients: { SESSIONS: sessionStore.client } }
   */
  clients?: Record<string, unknown>;

  /**
   * How to look into clients of packages the module does not know; asked before its own adapters.
   *
   * @default []
   * @example
   * memcached: {
   *   adapters: [
   *     {
   *       matches: (value) => value instanceof MyClient,
   *       servers: (client: MyClient) => [{ address: client.address }],
   *     },
   *   ],
   * }
   */
  adapters?: MemcachedClientAdapter[];
}

/**
 * What an answer tells: `'status'` names, states and sentences; `'full'` also addresses and errors.
 *
 * @publicApi
 */
export type Details = 'status' | 'full';

/**
 * The port the probes have to themselves.
 *
 * @publicApi
 */
export interface ServerOptions {
  /** 0: any that is free, which the log tells. */
  port: number;

  /**
   * Address to listen on.
   *
   * @default every address of the machine
   */
  host?: string;

  /**
   * What answers on this port tell.
   *
   * @default the module's `details`
   */
  details?: Details;
}

/**
 * A registry of the `prom-client` package, as far as it is used.
 *
 * @publicApi
 */
export interface MetricsRegister {
  registerMetric(metric: never): void;
  removeSingleMetric(name: string): void;
  getSingleMetric(name: string): unknown;
}

/**
 * Where the metrics go.
 *
 * @publicApi
 */
export interface MetricsOptions {
  /** A registry of the `prom-client` package: its global `register`, or one of your own. */
  register: MetricsRegister;
}

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
   * What an answer tells: `'status'` names, states and sentences; `'full'` also addresses and errors.
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
   * Where the results are counted: what they say is shown, nothing is checked for it.
   *
   * @default none
   * @example
   * import { register } from 'prom-client';
   * metrics: { register }
   */
  metrics?: MetricsOptions;

  /**
   * HTTP status of a probe that fails, 400 to 599.
   *
   * @default 503
   */
  unhealthyStatus?: number;

  /**
   * How long the app stays open, not ready, once it is told to close and before Nest tears anything
   * down, in milliseconds: as long as load balancers take to notice. Kubernetes'
   * `terminationGracePeriodSeconds` must be longer.
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

/** One probe with its defaults; no paths when it is switched off. */
export interface ResolvedProbe {
  readonly paths: readonly string[];
  readonly checks: readonly HealthIndicatorFunction[];
  readonly optional: readonly string[];
  readonly timeoutMs: number;
  /** What no check's own deadline may exceed. */
  readonly longestMs: number;
}

/** The port of the probes with its defaults. */
export type ResolvedServer = Readonly<ServerOptions & Required<Pick<ServerOptions, 'details'>>>;

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly probes: Readonly<Record<Probe, ResolvedProbe>>;
  readonly freshMs: number;
  readonly timeoutMs: number;
  readonly dataSources: Readonly<Required<DataSourceChecks>> | false;
  readonly memcached: Readonly<Required<MemcachedChecks>> | false;
  readonly details: Details;
  readonly html: boolean;
  readonly metrics: Readonly<MetricsOptions> | undefined;
  readonly unhealthyStatus: number;
  readonly drainMs: number;
  readonly server: ResolvedServer | undefined;
}

/** Injection token of {@link ResolvedOptions}. */
export const RESOLVED_OPTIONS = Symbol('HEALTH_RESOLVED_OPTIONS');

const PATHS: Record<Probe, string> = {
  liveness: '/healthz',
  readiness: '/readiness',
  startup: '/startupz',
};

const MODULE_RULES = {
  liveness: pathObjectOrFalse,
  readiness: pathObjectOrFalse,
  startup: pathObjectOrFalse,
  timeoutMs: milliseconds,
  freshMs: millisecondsOrZero,
  dataSources: objectOrFalse,
  memcached: objectOrFalse,
  details: oneOf('status', 'full'),
  html: trueOrFalse,
  metrics: anObject,
  unhealthyStatus: errorStatus,
  drainMs: millisecondsOrZero,
  server: anObject,
};
const SERVER_RULES = { port, host: nonEmpty, details: oneOf('status', 'full') };
const PROBE_RULES = { path: pathOrPaths, checks, optional: names, timeoutMs: milliseconds };
const METRICS_RULES = { register: metricsRegister };
const RESOURCE_RULES = { exclude: names, optional: names, timeoutMs: milliseconds };
const DATA_SOURCE_RULES = {
  ...RESOURCE_RULES,
  connect: trueOrFalse,
  replicas: trueOrFalse,
  onPoolBusy: oneOf('ready', 'notReady'),
};
const MEMCACHED_RULES = { ...RESOURCE_RULES, clients: anObject, adapters };

/**
 * Checks what the user gave and fills in the defaults.
 *
 * @throws {Error} naming the option, its value and what is allowed
 */
export function resolveOptions(options: HealthModuleOptions = {}): ResolvedOptions {
  if (!isObject(options)) {
    throw new Error(invalidOption('options', options, 'an object'));
  }
  obey(MODULE_RULES, options);
  const { timeoutMs = 3000, dataSources = {}, memcached = {}, details = 'status' } = options;
  if (dataSources) obey(DATA_SOURCE_RULES, dataSources, 'dataSources.');
  if (memcached) obey(MEMCACHED_RULES, memcached, 'memcached.');
  if (options.metrics) obey(METRICS_RULES, options.metrics, 'metrics.', ['register']);
  if (options.server) obey(SERVER_RULES, options.server, 'server.', ['port']);
  const probes = {
    liveness: resolveProbe('liveness', timeoutMs, options.liveness),
    readiness: resolveProbe('readiness', timeoutMs, options.readiness),
    startup: resolveProbe('startup', timeoutMs, options.startup),
  };
  const resourceMs = (given = timeoutMs) => Math.min(given, probes.readiness.longestMs);
  refuseSharedPaths(probes);
  return {
    probes,
    timeoutMs,
    freshMs: options.freshMs ?? 250,
    dataSources: dataSources && {
      exclude: dataSources.exclude ?? [],
      optional: dataSources.optional ?? [],
      timeoutMs: resourceMs(dataSources.timeoutMs),
      connect: dataSources.connect ?? false,
      replicas: dataSources.replicas ?? true,
      onPoolBusy: dataSources.onPoolBusy ?? 'ready',
    },
    memcached: memcached && {
      exclude: memcached.exclude ?? [],
      optional: memcached.optional ?? [],
      timeoutMs: resourceMs(memcached.timeoutMs),
      clients: memcached.clients ?? {},
      adapters: memcached.adapters ?? [],
    },
    details,
    html: options.html ?? true,
    metrics: options.metrics,
    unhealthyStatus: options.unhealthyStatus ?? 503,
    drainMs: options.drainMs ?? 0,
    server: options.server && { ...options.server, details: options.server.details ?? details },
  };
}

function resolveProbe(
  name: Probe,
  defaultMs: number,
  given: ProbeOptions | string | false = {},
): ResolvedProbe {
  if (given === false) {
    return { paths: [], checks: [], optional: [], timeoutMs: defaultMs, longestMs: Infinity };
  }
  const options = typeof given === 'string' ? { path: given } : given;
  obey(PROBE_RULES, options, `${name}.`);
  const { path = PATHS[name], timeoutMs } = options;
  return {
    paths: [path].flat(),
    checks: options.checks ?? [],
    optional: options.optional ?? [],
    timeoutMs: timeoutMs ?? defaultMs,
    longestMs: timeoutMs ?? Infinity,
  };
}

function refuseSharedPaths(probes: Readonly<Record<Probe, ResolvedProbe>>): void {
  const owners = new Map<string, string>();
  for (const [name, { paths }] of Object.entries(probes)) {
    for (const path of paths) {
      const owner = owners.get(path);
      if (owner) {
        throw new Error(
          invalidOption(`${name}.path`, path, `a path of its own, and ${owner} has this one`),
        );
      }
      owners.set(path, name);
    }
  }
}
