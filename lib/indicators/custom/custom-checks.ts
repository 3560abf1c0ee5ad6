import { Inject, Injectable } from '@nestjs/common';
import { type Abortable, Check, type CheckOptions } from '../../checks/check.js';
import type { ProbeCheck } from '../../checks/outcome.js';
import { log } from '../../health.logger.js';
import { CHECK_FAILED, LOG } from '../../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../health.options.js';
import { AppLifecycle } from '../../lifecycle/app-lifecycle.js';
import { isOptional } from '../../options/optional.js';
import { byProbe, type Probe } from '../../options/probe.options.js';
import { type FoundIndicator, Resources } from '../resources.js';
import { outcomeOf, returnedOrThrown } from './custom-result.js';

/** The checks that users write: functions in the options, and providers with `@ProbeIndicator()`. */
@Injectable()
export class CustomChecks {
  private readonly checksByInstance = new WeakMap<object, ProbeCheck>();
  private readonly functionChecks: Readonly<Record<Probe, readonly ProbeCheck[]>>;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(Resources) private readonly found: Resources,
    @Inject(AppLifecycle) private readonly lifecycle: AppLifecycle,
  ) {
    lifecycle.onStarted(() => this.warnAboutLiveness());
    this.functionChecks = byProbe((probe) => this.createFunctionChecks(probe));
  }

  checks(probe: Probe): readonly ProbeCheck[] {
    const indicators = this.found
      .snapshot()
      .indicators.filter(({ options: { probe: wanted = 'readiness' } }) => wanted === probe);
    return [
      ...this.functionChecks[probe],
      ...indicators.map((indicator) => this.indicatorCheck(probe, indicator)),
    ];
  }

  private warnAboutLiveness(): void {
    const names = this.checks('liveness').map(({ name }) => name);
    if (names.length && this.options.probes.liveness.paths.length) {
      log.warn(LOG.livenessChecks(names));
    }
  }

  private createFunctionChecks(probe: Probe): ProbeCheck[] {
    const { checks, optional, timeoutMs } = this.options.probes[probe];
    const limits = { timeoutMs, freshMs: this.options.freshMs, shutdown: this.lifecycle.shutdown };
    return Object.entries(checks).map(([name, check]) => ({
      name,
      owner: name,
      optional: isOptional(optional, (names) => names.includes(name)),
      timeoutMs,
      // A Terminus attempt is not a function: it runs each time it is awaited.
      check: customCheck(
        ({ signal }) => (typeof check === 'function' ? check(signal) : check),
        limits,
      ),
    }));
  }

  /** The same check for the same indicator, each time: it holds the outcome that callers share. */
  private indicatorCheck(probe: Probe, { instance, options }: FoundIndicator): ProbeCheck {
    let check = this.checksByInstance.get(instance);
    if (!check) {
      const { name, optional = false, freshMs = this.options.freshMs } = options;
      const { timeoutMs: defaultMs, longestMs } = this.options.probes[probe];
      const timeoutMs = Math.min(options.timeoutMs ?? defaultMs, longestMs);
      const limits = { timeoutMs, freshMs, shutdown: this.lifecycle.shutdown };
      const run = customCheck(({ signal }) => instance.check(signal), limits);
      check = { name, owner: name, optional, timeoutMs, check: run };
      this.checksByInstance.set(instance, check);
    }
    return check;
  }
}

/** The check of a user's function or indicator. */
export const customCheck = (
  run: (controller: Abortable) => unknown,
  limits: Pick<CheckOptions, 'timeoutMs' | 'freshMs' | 'shutdown'>,
): Check =>
  new Check({
    ...limits,
    run: async (controller) => outcomeOf(await returnedOrThrown(() => run(controller))),
    failureMessage: CHECK_FAILED,
  });
