export {
  type Checkable,
  ProbeIndicator,
  type ProbeIndicatorOptions,
} from './indicators/custom/probe-indicator.decorator.js';
export type { Heartbeat, HeartbeatOptions } from './indicators/custom/heartbeat.js';
export type { CheckStatus } from './checks/outcome.js';
export { HealthOptionsError, ProbePortError } from './health.errors.js';
export { HealthModule, type HealthModuleAsyncOptions } from './health.module.js';
export type { DataSourceChecks } from './options/data-source.options.js';
export type { Details } from './options/details.js';
export type { OptionalChecks } from './options/optional.js';
export type { HealthModuleOptions } from './health.options.js';
export type { MemcachedChecks } from './options/memcached.options.js';
export type { MetricsClient, MetricsOptions, MetricsRegister } from './options/metrics.options.js';
export type {
  CheckFunctionResult,
  Probe,
  ProbeCheckFunction,
  ProbeOptions,
} from './options/probe.options.js';
export type { ServerOptions } from './options/server.options.js';
export { isProbeRequest } from './http/probe-request.js';
export { DataSourceHealthIndicator } from './indicators/data-source.health.js';
export type { DataSourceLike } from './indicators/data-source/data-source-like.js';
export { MemcachedHealthIndicator } from './indicators/memcached.health.js';
export {
  type KubernetesGrpcProbe,
  type KubernetesProbe,
  kubernetesProbes,
  type KubernetesProbes,
  type KubernetesProbesOptions,
} from './kubernetes/kubernetes-probes.js';
export type {
  MemcachedClientAdapter,
  MemcachedServer,
  MemcachedServerState,
} from './options/memcached-client.adapter.js';
export type { CheckChange, CheckResult } from './probes/check-record.js';
export { ProbeService } from './probes/probe.service.js';
