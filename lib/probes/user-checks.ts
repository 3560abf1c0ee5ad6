import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ProbeCheck } from '../checks/outcome.js';
import type { FoundIndicator } from '../discovery/probe-indicators.js';
import { ResourceExplorer } from '../discovery/resource.explorer.js';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import { byProbe, type Probe } from '../options/probe.options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { Closing } from '../indicators/closing.js';
import { functionCheck, indicatorCheck } from './user-check.js';

/** The checks that users bring: functions in the options, and providers with `@ProbeIndicator()`. */
@Injectable()
export class UserChecks implements OnApplicationBootstrap {
  private readonly functions: Readonly<Record<Probe, readonly ProbeCheck[]>>;
  private readonly checks = new WeakMap<object, ProbeCheck>();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(ResourceExplorer) private readonly explorer: ResourceExplorer,
    @Inject(Closing) private readonly closing: Closing,
  ) {
    this.functions = byProbe((probe) => this.functionChecks(probe));
  }

  of(probe: Probe): ProbeCheck[] {
    return [
      ...this.functions[probe],
      ...this.indicators(probe).map((indicator) => this.checkOf(indicator)),
    ];
  }

  /** The deadlines that only the indicators of a probe know. */
  timeouts(probe: Probe): number[] {
    return this.indicators(probe).map((indicator) => this.timeoutOf(indicator));
  }

  onApplicationBootstrap(): void {
    const logger = new Logger(LOG_CONTEXT);
    const names = this.of('liveness').flatMap((check) => check.names());
    if (names.length && this.options.probes.liveness.paths.length) {
      logger.warn(LOG.livenessChecks(names));
    }
    for (const [probe, { checks, optional }] of Object.entries(this.options.probes)) {
      if (optional.length && !checks.length) logger.warn(LOG.optionalOfNoChecks(probe, optional));
    }
  }

  private indicators(probe: Probe): FoundIndicator[] {
    return this.explorer.indicators().filter(({ options }) => probeOf(options) === probe);
  }

  /** The same one for the same indicator, each time: it has the result that is shared. */
  private checkOf(indicator: FoundIndicator): ProbeCheck {
    const { instance, options } = indicator;
    let check = this.checks.get(instance);
    if (!check) {
      const { freshMs = this.options.freshMs } = options;
      const timeoutMs = this.timeoutOf(indicator);
      check = indicatorCheck(indicator, { freshMs, timeoutMs, closing: this.closing.signal });
      this.checks.set(instance, check);
    }
    return check;
  }

  private timeoutOf({ options }: FoundIndicator): number {
    const { timeoutMs, longestMs } = this.options.probes[probeOf(options)];
    return Math.min(options.timeoutMs ?? timeoutMs, longestMs);
  }

  private functionChecks(probe: Probe): ProbeCheck[] {
    const { freshMs } = this.options;
    const { checks, optional, timeoutMs } = this.options.probes[probe];
    const limits = { freshMs, timeoutMs, closing: this.closing.signal };
    return checks.map((check, index) =>
      functionCheck(check, `${probe}.checks[${index}]`, optional, limits),
    );
  }
}

const probeOf = ({ probe = 'readiness' }: FoundIndicator['options']) => probe;
