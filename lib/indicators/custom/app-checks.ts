import { Inject, Injectable } from '@nestjs/common';
import { onAbort } from '../../checks/deadline.js';
import { LoopClock } from '../../checks/loop-clock.js';
import type { ProbeCheck, SharedCheck } from '../../checks/outcome.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../health.options.js';
import { AppLifecycle } from '../../lifecycle/app-lifecycle.js';
import { validate } from '../../options/rules.js';
import type { Probe } from '../../options/probe.options.js';
import {
  type Heartbeat,
  HEARTBEAT_RULES,
  HeartbeatCheck,
  type HeartbeatOptions,
} from './heartbeat.js';
import { HoldCheck } from './hold.js';

/** The name of the check that holds make. No other check has it. */
const HOLD_CHECK = 'app';

interface AppCheck extends ProbeCheck {
  readonly probe: Probe;
}

/** The checks that app code adds while it runs: holds and heartbeats. */
@Injectable()
export class AppChecks {
  /** Of all probes. Another array whenever earlier reports are out of date. */
  checks: readonly AppCheck[] = [];
  private readonly holds: HoldCheck;
  private clock?: LoopClock;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(AppLifecycle) private readonly lifecycle: AppLifecycle,
  ) {
    this.holds = new HoldCheck(options.freshMs);
    // Nothing can poll before all hooks have run.
    lifecycle.onStarted(() => {
      for (const { check } of this.checks) if (check instanceof HeartbeatCheck) check.beat();
    });
  }

  /** Returns a function that releases the hold. */
  hold(reason: string): () => void {
    const release = this.holds.add(reason);
    const check = this.toCheck(HOLD_CHECK, 'readiness', this.holds);
    this.checks = [...this.checks.filter(({ name }) => name !== HOLD_CHECK), check];
    return () => {
      if (release()) this.checks = [...this.checks];
    };
  }

  heartbeat(name: string, options: HeartbeatOptions): Heartbeat {
    const given = { name, ...options };
    validate(HEARTBEAT_RULES, given, 'ProbeService.heartbeat: ', ['name', 'withinMs', 'probe']);
    const { withinMs, probe, optional = false } = options;
    const heartbeat = new HeartbeatCheck(withinMs, this.options.freshMs, this.startedClock());
    const check = this.toCheck(name, probe, heartbeat, optional);
    this.checks = [...this.checks, check];
    return {
      beat: () => heartbeat.beat(),
      during: (work) => heartbeat.during(work),
      stop: () => {
        this.checks = this.checks.filter((each) => each !== check);
      },
    };
  }

  private toCheck(
    name: string,
    probe: Probe,
    check: SharedCheck,
    optional: ProbeCheck['optional'] = false,
  ): AppCheck {
    return { name, owner: name, probe, optional, timeoutMs: 0, check };
  }

  private startedClock(): LoopClock {
    if (!this.clock) {
      const clock = new LoopClock();
      this.clock = clock;
      onAbort(this.lifecycle.shutdown, () => clock.stop());
    }
    return this.clock;
  }
}
