import type { OnModuleDestroy } from '@nestjs/common';
import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { createClosing } from '../checks/check.js';
import { asOptional, type Outcome, type ProbeCheck } from '../checks/report.js';
import type { ResolvedOptions } from '../health.options.js';
import { toIndicatorResult } from './indicator-result.js';

/** What the indicators of found resources have in common: names, options, and the way to Terminus. */
export abstract class ResourceHealthIndicator<R> implements OnModuleDestroy {
  /** Aborts when the app goes down: a check under way at a hung server must not hold that up. */
  protected readonly closing = createClosing();

  protected constructor(
    private readonly kind: 'db' | 'cache',
    private readonly settings: { exclude: string[]; optional: string[] } | false,
    protected readonly options: ResolvedOptions,
    private readonly terminus: HealthIndicatorService,
  ) {}

  /** Every resource there is now, by its own name. */
  protected abstract resources(): ReadonlyMap<string, R>;
  protected abstract ask(resource: R, maxWaitMs?: number): Promise<Outcome>;

  /** @internal one check per resource, for the probes */
  checks(): ProbeCheck[] {
    const { settings } = this;
    if (!settings) {
      return [];
    }
    return [...this.resources()]
      .filter(([name]) => !settings.exclude.includes(name))
      .map(([name, resource]) => {
        const key = `${this.kind}.${name}`;
        const judge = settings.optional.includes(name) ? asOptional : (o: Outcome) => o;
        return {
          name: key,
          ask: async (maxWaitMs) => ({ [key]: judge(await this.ask(resource, maxWaitMs)) }),
        };
      });
  }

  /**
   * Asks every resource that was found, in parallel, and reports each by its name. The results are
   * the ones the probes share. Never rejects.
   *
   * @publicApi
   */
  async pingAll(): Promise<HealthIndicatorResult> {
    const findings = await Promise.all(this.checks().map((check) => check.ask()));
    const results = findings
      .flatMap((finding) => Object.entries(finding))
      .map(([name, outcome]) => this.result(name, outcome));
    return Object.assign({}, ...results);
  }

  protected result<Key extends string>(key: Key, outcome: Outcome): HealthIndicatorResult<Key> {
    return toIndicatorResult(this.terminus, key, outcome, this.options.details);
  }

  /** @internal */
  onModuleDestroy(): void {
    this.closing.abort();
  }
}
