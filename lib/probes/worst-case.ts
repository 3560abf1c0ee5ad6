import { GRACE_MS } from '../checks/check.js';
import type { Probe, ResolvedOptions } from '../health.options.js';

/** How long a probe may take to answer when everything it asks hangs. */
export function worstCaseMs(options: ResolvedOptions, probe: Probe): number {
  const { checks, timeoutMs } = options.probes[probe];
  const { dataSources, memcached } = options;
  const deadlines = [
    checks.length ? (timeoutMs ?? options.timeoutMs) : 0,
    ...(probe === 'readiness' && dataSources ? [dataSources.timeoutMs] : []),
    ...(probe === 'readiness' && memcached ? [memcached.timeoutMs] : []),
  ];
  const longest = Math.min(Math.max(...deadlines), timeoutMs ?? Infinity);
  return longest && longest + GRACE_MS;
}
