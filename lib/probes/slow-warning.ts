import { Logger } from '@nestjs/common';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import type { ResolvedOptions } from '../health.options.js';
import { secondsToHear, worstCaseMs } from './worst-case.js';

const KUBERNETES_DEFAULT_TIMEOUT_MS = 1000;

/**
 * Warns when Kubernetes would not wait for the answer, unless it is told to.
 *
 * @param own the deadlines of checks that the options do not name
 */
export function warnIfSlow(options: ResolvedOptions, own: readonly number[]): void {
  const worstMs = worstCaseMs(options, 'readiness', own);
  if (options.probes.readiness.paths.length && worstMs > KUBERNETES_DEFAULT_TIMEOUT_MS) {
    new Logger(LOG_CONTEXT).warn(LOG.slowProbe('readiness', worstMs, secondsToHear(worstMs)));
  }
}
