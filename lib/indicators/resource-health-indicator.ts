import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { type Outcome, type ProbeCheck, runCheck } from '../checks/outcome.js';
import { log } from '../health.logger.js';
import { LOG, named } from '../health.messages.js';
import type { ResolvedOptions } from '../health.options.js';
import { isOptional } from '../options/optional.js';
import type { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import type { FoundResource } from './resources.js';
import { indicatorEntry, uniteResults } from './indicator-result.js';

/** The checks of the resources of one kind: their names, their options, and their results for Terminus. */
export abstract class ResourceHealthIndicator<R> {
  /** @internal */
  protected constructor(
    private readonly kind: 'db' | 'cache',
    private readonly group: 'dataSources' | 'memcached',
    /** @internal */
    protected readonly options: ResolvedOptions,
    private readonly terminus: HealthIndicatorService,
    lifecycle: AppLifecycle,
  ) {
    lifecycle.onStarted(() => this.logWarnings());
  }

  /** @internal Every resource of this kind by name. */
  protected abstract resources(): ReadonlyMap<string, FoundResource<R>>;
  /** @internal The checks of one resource. */
  protected abstract toChecks(name: string, resource: R): readonly ProbeCheck[];
  /** @internal Settings of the resource that make a fault worse, a sentence each. */
  protected abstract warningsOf(resource: R): readonly string[];

  /** @internal */
  checks(): readonly ProbeCheck[] {
    const { settings } = this;
    if (!settings) return [];
    return this.allChecks(this.resources())
      .filter((check) => !this.isNamedIn(settings.exclude, check))
      .map((check) => ({
        ...check,
        optional:
          check.optional || isOptional(settings.optional, (names) => this.isNamedIn(names, check)),
      }));
  }

  /**
   * Checks every resource that was found, in parallel, and reports each by its name. The results are
   * those of the probes. Never rejects.
   *
   * @publicApi
   */
  async pingAll(): Promise<HealthIndicatorResult> {
    const results = this.checks().map(async (check) =>
      this.result(check.name, await runCheck(check)),
    );
    return uniteResults(await Promise.all(results));
  }

  /** @internal */
  protected get timeoutMs(): number {
    return this.settings ? this.settings.timeoutMs : this.options.timeoutMs;
  }

  /** @internal */
  protected result<Key extends string>(key: Key, outcome: Outcome): HealthIndicatorResult<Key> {
    const entry = indicatorEntry(this.terminus, key, outcome, this.options.details);
    return { [key]: entry } as HealthIndicatorResult<Key>;
  }

  private logWarnings(): void {
    const { settings } = this;
    if (!settings) return;
    const resources = this.resources();
    const known = this.allChecks(resources);
    const { exclude, optional } = settings;
    const writable = 'writable' in settings ? settings.writable : [];
    for (const [option, names] of Object.entries({ exclude, optional, writable })) {
      for (const name of typeof names === 'object' ? names : []) {
        if (known.some((check) => this.isNamedIn([name], check))) continue;
        log.warn(LOG.unknownName(`${this.group}.${option}`, name, [...resources.keys()]));
      }
    }
    for (const [name, { resource }] of resources) {
      for (const warning of this.warningsOf(resource)) {
        log.warn(named(`${this.kind}.${name}`, warning));
      }
    }
  }

  private allChecks(resources: ReadonlyMap<string, FoundResource<R>>): ProbeCheck[] {
    return [...resources].flatMap(([name, { resource, optional }]) =>
      this.toChecks(`${this.kind}.${name}`, resource).map((check) =>
        optional ? { ...check, optional } : check,
      ),
    );
  }

  private get settings() {
    return this.options[this.group];
  }

  private isNamedIn(names: readonly string[], { name, owner }: ProbeCheck): boolean {
    return names.some((each) => [name, owner].includes(`${this.kind}.${each}`));
  }
}
