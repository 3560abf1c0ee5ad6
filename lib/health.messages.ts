import { redact } from './redaction/redact.js';

/** Every sentence of the module: in responses, in the log, and in errors about options. */

export const DATABASE = {
  notConnected: 'not connected yet.',
  schemaIsSlow: 'connected; schema setup is still running (no time limit applies).',
  schemaFailed: 'schema could not be set up.',
  unreachable: 'cannot connect to database.',
  readOnly: 'database is read-only.',
  poolBusy: 'connection pool is busy.',
  poolStuck: 'connection pool gives no connections.',
  nodeSuspended: 'suspended by the pool cluster.',
  nodeDeleted: 'removed from the pool cluster.',
  poolUnknown: 'cannot be asked by itself.',
} as const;

export const CACHE = {
  unreachable: 'cannot connect to cache.',
  full: 'too many connections to cache.',
  suspended: 'server suspended by the client.',
  dead: 'server given up by the client.',
  removed: 'server removed by the client.',
  failedOver: 'server replaced by a failover server.',
  tls: 'not asked: the server takes TLS.',
} as const;

export const INVALID_RESPONSE = 'invalid response.';
export const CHECK_FAILED = 'check failed.';
export const SHUTTING_DOWN = 'shutting down.';
export const STARTING = 'starting.';
export const NOT_FOUND = 'not found.';

export const noAnswer = (timeoutMs: number) => `no answer within ${timeoutMs} ms.`;

export const noHeartbeat = (withinMs: number) => `no heartbeat within ${withinMs} ms.`;

export const notChecked = (names: readonly string[]) =>
  `unknown checks in ?exclude: ${names.map((name) => JSON.stringify(name)).join(', ')}.`;

export const named = (name: string, sentence: string) => `${name}: ${sentence}`;

/** The context of the module's lines in the log. */
export const LOG_CONTEXT = 'HealthModule';

/** Settings of DataSources and clients that make a fault worse, logged once at start-up. */
export const CONFIGURATION_WARNING = {
  endlessConnect:
    'connectTimeoutMS is not set: connecting to a server that accepts but never answers hangs forever.',
  deletedNodes:
    'replication.restoreNodeTimeout is not set: after a few refused connections mysql2 removes a server until the app restarts.',
  hiddenReplicas: (type: string) =>
    `the replicas of ${type} cannot be checked separately; only the primary is checked.`,
  unknownDriver: (type: string) =>
    `the driver of ${type} is unknown: a query that hangs cannot be cancelled, and no other check starts until it ends.`,
  writableUnknown: (type: string) =>
    `dataSources.writable has no effect: whether ${type} takes writes is not known.`,
  longReconnect: (reconnectMs: number) =>
    `reconnect is ${reconnectMs} ms: after a few failures the client does not use a server for that long, even when it is back.`,
  tls: (address: string) =>
    `${address} uses TLS, which the check does not support: its state is unknown.`,
} as const;

export const LOG = {
  notUp: (name: string, sentence: string, reason: string) =>
    reason ? `${named(name, sentence)} ${reason}` : named(name, sentence),
  recovered: (name: string, seconds: number) => named(name, `recovered after ${seconds} s.`),
  unknownName: (option: string, name: string, known: readonly string[]) =>
    `${option} names ${quote(name)}, which is not found${
      known.length ? `; there is ${known.map(quote).join(', ')}` : ''
    }. A module loaded later may still bring it.`,
  notSearched: (holder: string, entries: number) =>
    `${holder} holds more than ${entries} entries: the rest is not searched for DataSources and clients.`,
  searchFailed: (reason: string) => `the search for DataSources and clients failed: ${reason}`,
  broken: (reason: string) => `a probe could not be answered: ${reason}`,
  listening: (address: string) => `probes are listening on ${address}.`,
  handedOver: (address: string) =>
    `another app of this process has taken over ${address}, since this one had not started.`,
  subscriberThrew: (reason: string) => `a subscriber of ProbeService.changes$ threw: ${reason}`,
  serverError: (reason: string) => `the port of the probes: ${reason}.`,
  noShutdownHooks: 'drainMs does nothing on SIGTERM: call app.enableShutdownHooks() in main.ts.',
  draining: (drainMs: number) => `not ready, and open for ${drainMs} ms more: draining.`,
  livenessChecks: (names: readonly string[]) =>
    `liveness runs ${names.map(quote).join(', ')}. If it fails, Kubernetes restarts the container. ` +
    'Check databases and other services in readiness instead.',
  readiness: (names: readonly string[], worstCaseMs: number, timeoutSeconds: number) =>
    `readiness checks ${enumerate(names)} within ${worstCaseMs} ms` +
    (timeoutSeconds > 1 ? `; Kubernetes needs timeoutSeconds: ${timeoutSeconds}.` : '.'),
  nothingFound:
    'readiness checks nothing: no DataSource, no memcached client and no other check was found.',
  notProbeable:
    'nothing can probe this app: it has no HTTP server. Set the server option, such as server: { port: 9000 }.',
} as const;

export const invalidOption = (option: string, value: unknown, allowed: string) =>
  `HealthModule: ${option} is ${show(value)}; allowed: ${allowed}.`;

export const unknownOption = (option: string, value: unknown, known: readonly string[]) =>
  `HealthModule: ${option} (${show(value)}) is not an option; allowed: ${known.join(', ')}.`;

/** The names that a probe's `optional` may have. */
export const optionalNames = (probe: string, names: readonly string[]) =>
  `names of ${probe}.checks${names.length ? ` (${names.join(', ')})` : ', of which there are none'}; ` +
  'DataSources and caches have dataSources.optional and memcached.optional, a @ProbeIndicator has its own option';

/** Why a provider with `@ProbeIndicator()` cannot run. */
export const PROBE_INDICATOR = {
  scoped: (className: string) =>
    `HealthModule: @ProbeIndicator of ${className}: its scope is per request or transient; ` +
    'allowed: a singleton whose dependencies are singletons, as a probe is no request.',
  noCheck: (className: string) =>
    `HealthModule: @ProbeIndicator of ${className}: there is no check; allowed: a method check(signal).`,
  nameTaken: (className: string, name: string, owner: string) =>
    invalidOption(
      `@ProbeIndicator of ${className}: name`,
      name,
      `a name that no other indicator has; ${owner === className ? 'another instance' : owner} has this one`,
    ),
} as const;

export const sharedName = (probe: string, name: string) =>
  invalidOption(
    `the name of a check of ${probe}`,
    name,
    'a name that no other check of the probe has',
  );

export const importedTwice = (times: number) =>
  `HealthModule: it is imported ${times} times; allowed: once, in the AppModule, as it is global.`;

export const cannotListen = (address: string, reason: string) =>
  `HealthModule: cannot listen on ${address}: ${reason}.`;

export const PORT_TAKEN = 'another app of this process has it';

export const notAResource = (option: string, value: unknown, wanted: string) =>
  `${option} is ${show(value)}; needed: ${wanted}.`;

/** Sentences of `nestjs-healthz/testing`. */
export const TESTING = {
  forced: 'forced by HealthTesting.',
  noModule: 'HealthTesting: the app has no HealthModule.',
  noHeartbeat: (name: string) => `HealthTesting: the check ${quote(name)} is no heartbeat.`,
  unknownName: (name: string, known: readonly string[]) =>
    `HealthTesting: there is no check ${quote(name)}; there is ${
      known.length ? known.map(quote).join(', ') : 'none at all'
    }.`,
} as const;

/** Sentences of the command. */
export const COMMAND = {
  unknownFlag: (flag: string, known: readonly string[]) =>
    `nestjs-healthz: ${flag} is not a flag; allowed: ${known.map((name) => `--${name}`).join(', ')}.`,
  timedOut: (timeoutMs: number) => `no answer within ${timeoutMs} ms.`,
  invalid: (what: string, value: string, allowed: string) =>
    `nestjs-healthz: ${what} is ${show(value)}; allowed: ${allowed}.`,
} as const;

/** Sentences of `nest add`. */
export const ADD = {
  alreadyThere: (file: string) => `${file} imports nestjs-healthz already.`,
  notFound: (files: readonly string[]) =>
    `there is no AppModule in ${files.join(' or ')}: ${BY_HAND}`,
  notUnderstood: (file: string) =>
    `${file} has no @Module() whose imports are an array: ${BY_HAND}`,
} as const;

export const MEMCACHED_CLIENT =
  "a client of 'memcached', 'memjs', 'memcache', 'memcache-client', 'memcache-plus' or '@keyv/memcache', " +
  'or one of memcached.adapters';

const BY_HAND = "add HealthModule.forRoot() from 'nestjs-healthz' to the imports of the AppModule.";

const MAX_NAMES = 10;

const enumerate = (names: readonly string[]) =>
  names.length > MAX_NAMES
    ? `${names.slice(0, MAX_NAMES).join(', ')} and ${names.length - MAX_NAMES} more`
    : names.join(', ');

const quote = (name: string) => `'${name}'`;

function show(value: unknown): string {
  if (typeof value === 'string') return quote(redact(value));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? `[${value.map(show).join(', ')}]` : 'an object';
}
