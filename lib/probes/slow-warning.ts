import { Logger } from '@nestjs/common';
import { GRACE_MS } from '../checks/check.js';
import type { ProbeCheck } from '../checks/outcome.js';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import type { ResolvedOptions } from '../health.options.js';
import { secondsToHear } from './worst-case.js';

const KUBERNETES_DEFAULT_TIMEOUT_MS = 1000;

/** Warns when Kubernetes' default timeout is shorter than the slowest answer. */
export function warnIfSlow(options: ResolvedOptions, checks: readonly ProbeCheck[]): void {
  const worstMs = Math.max(...checks.map(({ timeoutMs }) => timeoutMs)) + GRACE_MS;
  if (options.probes.readiness.paths.length && worstMs > KUBERNETES_DEFAULT_TIMEOUT_MS) {
    new Logger(LOG_CONTEXT).warn(LOG.slowProbe('readiness', worstMs, secondsToHear(worstMs)));
  }
}
