import { hasFunctions, obey, type Rule } from './rules.js';

/**
 * A registry of the `prom-client` package, as far as it is used.
 *
 * @publicApi
 */
export interface MetricsRegister {
  registerMetric(metric: never): void;
  removeSingleMetric(name: string): void;
  getSingleMetric(name: string): unknown;
}

/**
 * Where the metrics go.
 *
 * @publicApi
 */
export interface MetricsOptions {
  /** A registry of the `prom-client` package: its global `register`, or one of your own. */
  register: MetricsRegister;
}

/** Told by its shape, so that nothing of it has to be imported. */
const register: Rule = {
  allowed: "a registry of the 'prom-client' package",
  accepts: (value) =>
    hasFunctions(value, 'registerMetric', 'removeSingleMetric', 'getSingleMetric'),
};

const RULES = { register };

export function resolveMetrics(
  given: MetricsOptions | undefined,
): Readonly<MetricsOptions> | undefined {
  if (given) obey(RULES, given, 'metrics.', ['register']);
  return given;
}
