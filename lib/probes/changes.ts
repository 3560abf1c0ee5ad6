import { Logger } from '@nestjs/common';
import type { CheckStatus, Findings, Outcome } from '../checks/report.js';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import { reasonOf, stackOf } from '../indicators/reason.js';

interface State {
  readonly status: CheckStatus;
  readonly message?: string;
  /** When it got this status. */
  readonly since: number;
}

/** Logs what a check says once per change: the reason when it fails, or fails in another way, and that it recovered. */
export class Changes {
  private readonly logger = new Logger(LOG_CONTEXT);
  /** By who asked: what each of its findings was when it last changed. */
  private readonly known = new Map<string, Map<string, State>>();

  /** @param source the probe and the check, which may report under other names each time */
  record(source: string, findings: Findings): void {
    const before = this.known.get(source) ?? new Map<string, State>();
    const entries = Object.entries(findings);
    const now = performance.now();
    // A check that failed before it could say its name is up again under its own.
    const allUp = entries.every(([, { status }]) => status === 'up');
    for (const [name, state] of before) {
      if (Object.hasOwn(findings, name)) continue;
      if (allUp) this.report(name, state, { status: 'up' }, now);
      before.delete(name);
    }
    for (const [name, outcome] of entries) {
      const state = before.get(name) ?? { status: 'up', since: now };
      const { status, message } = outcome;
      if (state.status !== status || state.message !== message) {
        this.report(name, state, outcome, now);
      }
      before.set(name, { status, message, since: state.status === status ? state.since : now });
    }
    this.known.set(source, before);
  }

  private report(name: string, { status, since }: State, outcome: Outcome, now: number): void {
    if (outcome.status !== 'up') {
      const { message = '', cause } = outcome;
      const reason = cause === undefined ? '' : reasonOf(cause);
      this.logger.warn(LOG.notUp(name, message, reason) + withLineBreak(stackOf(cause)));
    } else if (status !== 'up') {
      this.logger.log(LOG.recovered(name, Math.round((now - since) / 1000)));
    }
  }
}

const withLineBreak = (text: string) => text && `\n${text}`;
