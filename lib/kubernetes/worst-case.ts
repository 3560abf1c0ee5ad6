import { GRACE_MS } from '../checks/check.js';
import type { Probe } from '../options/probe.options.js';
import type { ResolvedOptions } from '../health.options.js';

/** Milliseconds that a probe takes to answer when everything that the options name hangs. */
export function worstCaseMs(options: ResolvedOptions, probe: Probe): number {
  const { checks, timeoutMs } = options.probes[probe];
  const resources = probe === 'readiness' ? [options.dataSources, options.memcached] : [];
  const longest = Math.max(
    Object.keys(checks).length ? timeoutMs : 0,
    ...resources.map((settings) => (settings ? settings.timeoutMs : 0)),
  );
  return longest && longest + GRACE_MS;
}

// Transit, and a busy event loop.
const TRANSIT_MS = 250;

/** The `timeoutSeconds` that Kubernetes needs to receive an answer that takes this long. */
export const timeoutSecondsFor = (answerMs: number) => Math.ceil((answerMs + TRANSIT_MS) / 1000);
