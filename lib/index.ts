export {
  type Checkable,
  ProbeIndicator,
  type ProbeIndicatorOptions,
} from './discovery/probe-indicator.decorator.js';
export type { CheckStatus } from './checks/report.js';
export { HealthModule, type HealthModuleAsyncOptions } from './health.module.js';
export type {
  DataSourceChecks,
  Details,
  HealthModuleOptions,
  MemcachedChecks,
  MetricsOptions,
  MetricsRegister,
  Probe,
  ProbeOptions,
  ServerOptions,
} from './health.options.js';
export { isProbeRequest } from './http/probe-request.js';
export { DataSourceHealthIndicator } from './indicators/data-source.health.js';
export type { DataSourceLike } from './indicators/data-source/data-source-like.js';
export { MemcachedHealthIndicator } from './indicators/memcached.health.js';
export {
  type KubernetesProbe,
  kubernetesProbes,
  type KubernetesProbes,
  type KubernetesProbesOptions,
} from './kubernetes/kubernetes-probes.js';
export type {
  MemcachedClientAdapter,
  MemcachedServer,
  MemcachedServerState,
} from './indicators/memcached/client-adapter.js';
export type { CheckChange } from './probes/changes.js';
export type { CheckResult } from './probes/check-record.js';
export { ProbeService } from './probes/probe.service.js';
