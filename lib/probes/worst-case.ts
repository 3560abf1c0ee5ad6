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

// The way there and back, and a busy event loop.
const TRANSIT_MS = 250;

/** The `timeoutSeconds` Kubernetes needs so that it hears an answer that took this long. */
export const secondsToHear = (answerMs: number) => Math.ceil((answerMs + TRANSIT_MS) / 1000);
