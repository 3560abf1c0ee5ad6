/** One sample, with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it is not the name of the metric: the parts of a histogram. */
  readonly metricName?: string;
}

/** What a metric is called and what it says when it is scraped. */
export interface MetricSource {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  samples(): Sample[];
  reset(): void;
}

/**
 * A metric as a registry of prom-client asks it: by `get()` when it is scraped. Its own classes are
 * not used, since they would have to be imported.
 */
export class RegistryMetric {
  /** What the registry has it under. */
  readonly key: string;
  readonly help: string;
  readonly type: MetricSource['type'];
  /** How a cluster adds up its workers: `health_check_up` of two of them is no 2. */
  readonly aggregator: 'sum' | 'min';
  /** Changed by a registry of OpenMetrics, which wants counters without their `_total`. */
  name: string;

  constructor(private readonly source: MetricSource) {
    this.key = source.name;
    this.name = source.name;
    this.help = source.help;
    this.type = source.type;
    this.aggregator = source.type === 'gauge' ? 'min' : 'sum';
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.source.samples() };
  }

  reset(): void {
    this.source.reset();
  }
}
