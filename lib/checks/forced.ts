import type { Outcome } from './outcome.js';

/**
 * Outcomes that stand in for those of real checks, by what is asked. Only `nestjs-healthz/testing` puts
 * any here, which nothing of the main entry loads.
 */
export const forced = new WeakMap<object, Outcome>();
