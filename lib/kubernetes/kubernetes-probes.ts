import { type HealthModuleOptions, resolveOptions } from '../health.options.js';
import type { Probe } from '../options/probe.options.js';
import { anObject, oneOf, type Rule, validate } from '../options/rules.js';
import { timeoutSecondsFor, worstCaseMs } from './worst-case.js';
import { containerPort, containerPortOrName } from './container-port.js';

/**
 * What {@link kubernetesProbes} takes: the options of `HealthModule`, and the port of the app.
 *
 * @publicApi
 */
export interface KubernetesProbesOptions extends HealthModuleOptions {
  /**
   * The port the app listens on, or the name of that container port. With `server.port` Kubernetes probes
   * that port instead.
   *
   * @default 3000
   */
  port?: number | string;

  /**
   * `'HTTPS'` when the app itself serves TLS. Kubernetes does not verify its certificate. Not with
   * `server`, whose port takes no TLS.
   *
   * @default 'HTTP'
   */
  scheme?: 'HTTP' | 'HTTPS';

  /**
   * Probes by gRPC in place of HTTP: the port of a server with `addHealthService()`.
   *
   * @default none
   */
  grpc?: { port: number };
}

/** The times of a probe. */
interface ProbeTimes {
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}

/**
 * One probe by HTTP, as in the spec of a container.
 *
 * @publicApi
 */
export interface KubernetesProbe extends ProbeTimes {
  httpGet: { path: string; port: number | string; scheme?: 'HTTPS' };
}

/**
 * One probe by gRPC, as in the spec of a container.
 *
 * @publicApi
 */
export interface KubernetesGrpcProbe extends ProbeTimes {
  grpc: { port: number; service: Probe };
}

/**
 * The probes of a container, without those that are switched off, and a field of its pod's spec.
 *
 * @publicApi
 */
export interface KubernetesProbes<Kind = KubernetesProbe> {
  livenessProbe?: Kind;
  readinessProbe?: Kind;
  startupProbe?: Kind;
  /** Belongs into the spec of the pod, beside `containers`. */
  terminationGracePeriodSeconds: number;
}

/** Seconds, where no check of the probe takes longer. */
interface Timing {
  readonly period: number;
  readonly timeout: number;
  /** How long the probe may fail before Kubernetes acts. */
  readonly patience: number;
}

const TIMINGS: Readonly<Record<Probe, Timing>> = {
  // Kubernetes restarts the container: not for a long garbage collection or a throttled CPU.
  liveness: { period: 10, timeout: 5, patience: 30 },
  // No more traffic: soon, and as soon again.
  readiness: { period: 5, timeout: 2, patience: 10 },
  // Nobody is served before it succeeds, so often; and for as long as a migration may take. With its
  // database down TypeOrmModule alone tries for half a minute, and nothing listens until then.
  startup: { period: 2, timeout: 2, patience: 300 },
};

// A single lost packet is no failure.
const LEAST_FAILURES = 2;

// Kubernetes' default, all for the time after the drain: Nest's hooks and open requests.
const SHUTDOWN_SECONDS = 30;

export const DEFAULT_PORT = 3000;

export const schemeRule = oneOf('HTTP', 'HTTPS');
const http: Rule = {
  allowed: "'HTTP' with server, whose port takes no TLS",
  accepts: (value) => value === 'HTTP',
};

/**
 * With `grpc`: the same probes, by gRPC in place of HTTP.
 *
 * @throws {HealthOptionsError} naming the option, its value and what is allowed
 *
 * @publicApi
 */
export function kubernetesProbes(
  options: KubernetesProbesOptions & { grpc: object },
): KubernetesProbes<KubernetesGrpcProbe>;
/**
 * The Kubernetes probes that fit the module's options: give it what `HealthModule.forRoot()` gets.
 *
 * - `timeoutSeconds` is longer than the slowest answer of the probe, all its checks at their deadline.
 *   Kubernetes' default of 1 s is shorter than the default deadline of 3 s: it would hang up before
 *   the response, and its events would not name the resource that is down.
 * - `periodSeconds` is never shorter than that, so that probes of a hung resource do not pile up.
 * - **Liveness** restarts the container after half a minute without an answer, no sooner: a restart
 *   is the last resort, and the event loop may be busy for some seconds.
 * - **Readiness** takes the pod out after two failures in a row, which is 10 s by default, and one
 *   success brings it back.
 * - **Startup** gives the app five minutes to boot; the other two begin when it has succeeded. With
 *   `startup: false` liveness counts from the beginning: set its `initialDelaySeconds` if the app
 *   takes longer than half a minute to listen.
 * - `terminationGracePeriodSeconds` is `drainMs` and Kubernetes' default of 30 s for the rest. Add the
 *   duration of a `preStop` hook.
 *
 * @param options those of `HealthModule`, and those of the port; all have defaults
 * @throws {HealthOptionsError} naming the option, its value and what is allowed
 * @example
 * ```ts
 * const { terminationGracePeriodSeconds, ...probes } = kubernetesProbes({ drainMs: 5_000 });
 *
 * const pod = {
 *   terminationGracePeriodSeconds, // 35
 *   containers: [{ name: 'app', image: 'app:1', ...probes }],
 * };
 * ```
 *
 * @publicApi
 */
export function kubernetesProbes(options?: KubernetesProbesOptions): KubernetesProbes;
export function kubernetesProbes(
  options: KubernetesProbesOptions = {},
): KubernetesProbes<KubernetesProbe | KubernetesGrpcProbe> {
  const { port = DEFAULT_PORT, scheme, grpc, ...moduleOptions } = options;
  const resolved = resolveOptions(moduleOptions);
  const { drainMs, probes, server } = resolved;
  validate({ port: containerPortOrName, scheme: server ? http : schemeRule }, { port, scheme });
  if (server) validate({ port: containerPort }, { port: server.port }, 'server.');
  validate({ grpc: anObject }, { grpc });
  if (grpc) validate({ port: containerPort }, grpc, 'grpc.', ['port']);

  const probe = (name: Probe, path: string): KubernetesProbe | KubernetesGrpcProbe => {
    const { period, timeout, patience } = TIMINGS[name];
    const timeoutSeconds = Math.max(timeout, timeoutSecondsFor(worstCaseMs(resolved, name)));
    const periodSeconds = Math.max(period, timeoutSeconds);
    const times = {
      periodSeconds,
      timeoutSeconds,
      failureThreshold: Math.max(LEAST_FAILURES, Math.ceil(patience / periodSeconds)),
    };
    if (grpc) return { grpc: { port: grpc.port, service: name }, ...times };
    const httpGet = { path, port: server?.port ?? port, ...(scheme === 'HTTPS' && { scheme }) };
    return { httpGet, ...times };
  };
  const [liveness] = probes.liveness.paths;
  const [readiness] = probes.readiness.paths;
  const [startup] = probes.startup.paths;
  return {
    ...(liveness && { livenessProbe: probe('liveness', liveness) }),
    ...(readiness && { readinessProbe: probe('readiness', readiness) }),
    ...(startup && { startupProbe: probe('startup', startup) }),
    terminationGracePeriodSeconds: Math.ceil(drainMs / 1000) + SHUTDOWN_SECONDS,
  };
}
