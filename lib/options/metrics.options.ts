import { hasFunctions, validate, type Rule } from './rules.js';

/**
 * A registry of the `prom-client` package, as far as it is used.
 *
 * @publicApi
 */
export interface MetricsRegister {
  removeSingleMetric(name: string): void;
  getSingleMetric(name: string): unknown;
}

/**
 * The module `prom-client`, as far as it is used.
 *
 * @publicApi
 */
export interface MetricsClient {
  readonly Gauge: new (configuration: never) => object;
  readonly Counter: new (configuration: never) => object;
  readonly Histogram: new (configuration: never) => object;
  readonly register: MetricsRegister;
}

/**
 * Where the metrics go.
 *
 * @publicApi
 */
export interface MetricsOptions {
  /** The module: `import * as client from 'prom-client'`. */
  client: MetricsClient;

  /**
   * The registry that gets the metrics. One app for each registry.
   *
   * @default client.register
   */
  register?: MetricsRegister;
}

/** Recognized by its shape: the package does not import `prom-client`. */
const client: Rule = {
  allowed: "the module 'prom-client'",
  accepts: (value) => hasFunctions(value, 'Gauge', 'Counter', 'Histogram'),
};
const register: Rule = {
  allowed: "a registry of the 'prom-client' package",
  accepts: (value) => hasFunctions(value, 'removeSingleMetric', 'getSingleMetric'),
};

const RULES = { client, register };

export function resolveMetrics(
  given: MetricsOptions | undefined,
): Readonly<Required<MetricsOptions>> | undefined {
  if (!given) return undefined;
  validate(RULES, given, 'metrics.', ['client']);
  return { client: given.client, register: given.register ?? given.client.register };
}
