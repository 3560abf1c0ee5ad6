import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { forced } from '../checks/forced.js';
import { asOptional, type Outcome, type ProbeCheck } from '../checks/outcome.js';
import { LOG, LOG_CONTEXT, named } from '../health.messages.js';
import type { ResolvedOptions } from '../health.options.js';
import { toIndicatorResult, uniteResults } from './indicator-result.js';

/** One thing to ask, and what it is called. */
export interface NamedResource<R> {
  readonly name: string;
  /** What it is a part of, by which options may name it too. */
  readonly owner: string;
  readonly resource: R;
  /** Whether the app can do without it, whatever the options say. */
  readonly spare?: boolean;
}

/** What the indicators of found resources have in common: names, options, and the way to Terminus. */
export abstract class ResourceHealthIndicator<R extends object> implements OnApplicationBootstrap {
  /** @internal */
  protected constructor(
    private readonly kind: 'db' | 'cache',
    private readonly group: 'dataSources' | 'memcached',
    /** @internal */
    protected readonly options: ResolvedOptions,
    private readonly terminus: HealthIndicatorService,
  ) {}

  /** @internal Every resource there is now. */
  protected abstract resources(): readonly NamedResource<R>[];
  /** @internal */
  protected abstract ask(resource: R): Promise<Outcome>;
  /** @internal as {@link ProbeCheck.current} */
  protected abstract current(resource: R): readonly unknown[];
  /** @internal What about a resource's own settings will make it fail worse than it has to. */
  protected abstract hazardsOf(resource: R): readonly string[];

  /** @internal one check per resource, for the probes */
  checks(): ProbeCheck[] {
    const settings = this.options[this.group];
    return settings
      ? this.resources()
          .filter((each) => !isNamed(each, settings.exclude))
          .map((each) => this.checkOf(each, each.spare || isNamed(each, settings.optional)))
      : [];
  }

  /**
   * Asks every resource that was found, in parallel, and reports each by its name. The results are
   * the ones the probes share. Never rejects.
   *
   * @publicApi
   */
  async pingAll(): Promise<HealthIndicatorResult> {
    const findings = await Promise.all(this.checks().map((check) => check.ask()));
    return uniteResults(
      findings
        .flatMap((finding) => Object.entries(finding))
        .map(([name, outcome]) => this.result(name, outcome)),
    );
  }

  private checkOf({ name, resource }: NamedResource<R>, optional: boolean): ProbeCheck {
    const key = `${this.kind}.${name}`;
    return {
      name: key,
      subject: this.subjectOf(resource),
      current: () => {
        const outcome = forced.get(this.subjectOf(resource));
        return outcome ? [outcome] : this.current(resource);
      },
      names: () => [key],
      ask: async () => {
        const outcome = await this.outcomeOf(resource);
        return { [key]: optional ? asOptional(outcome) : outcome };
      },
    };
  }

  /** @internal What everybody is told who asks for a resource, by its name or by itself. */
  protected async outcomeOf(resource: R): Promise<Outcome> {
    return forced.get(this.subjectOf(resource)) ?? this.ask(resource);
  }

  /** @internal The same object for the same resource, each time. */
  protected subjectOf(resource: R): object {
    return resource;
  }

  /** @internal */
  protected result<Key extends string>(key: Key, outcome: Outcome): HealthIndicatorResult<Key> {
    return toIndicatorResult(this.terminus, key, outcome, this.options.details);
  }

  onApplicationBootstrap(): void {
    const settings = this.options[this.group];
    if (!settings) return;
    const logger = new Logger(LOG_CONTEXT);
    const resources = this.resources();
    const owners = [...new Set(resources.map(({ owner }) => owner))];
    for (const option of ['exclude', 'optional'] as const) {
      for (const name of settings[option].filter((each) => !isKnown(each, resources))) {
        logger.warn(LOG.unknownName(`${this.group}.${option}`, name, owners));
      }
    }
    const hazards = resources.flatMap(({ owner, resource }) =>
      this.hazardsOf(resource).map((hazard) => named(`${this.kind}.${owner}`, hazard)),
    );
    for (const hazard of new Set(hazards)) logger.warn(hazard);
  }
}

const isNamed = ({ name, owner }: NamedResource<unknown>, names: readonly string[]) =>
  names.includes(name) || names.includes(owner);

const isKnown = (name: string, resources: readonly NamedResource<unknown>[]) =>
  resources.some((each) => isNamed(each, [name]));
