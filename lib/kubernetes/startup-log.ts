import { GRACE_MS } from '../checks/check.js';
import type { ProbeCheck } from '../checks/outcome.js';
import { LOG } from '../health.messages.js';
import type { ResolvedOptions } from '../health.options.js';
import { timeoutSecondsFor } from './worst-case.js';

/** A line for the log once the app has started. */
export interface StartupLine {
  readonly level: 'log' | 'warn';
  readonly message: string;
}

/** Lists the checks of readiness, and the `timeoutSeconds` that Kubernetes needs for them. */
export function startupLine(
  { probes, server, dataSources, memcached }: ResolvedOptions,
  checks: readonly ProbeCheck[],
  hasHttp: boolean,
): StartupLine | undefined {
  if (!hasHttp && !server) return { level: 'warn', message: LOG.notProbeable };
  if (!probes.readiness.paths.length) return undefined;
  if (!checks.length) {
    const isIntended = !dataSources && !memcached;
    return isIntended ? undefined : { level: 'warn', message: LOG.nothingFound };
  }
  const worstMs = Math.max(...checks.map(({ timeoutMs }) => timeoutMs)) + GRACE_MS;
  const names = checks.map(({ name }) => name);
  return { level: 'log', message: LOG.readiness(names, worstMs, timeoutSecondsFor(worstMs)) };
}
