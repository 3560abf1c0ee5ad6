import { Logger } from '@nestjs/common';
import type { CheckStatus, Findings, Outcome } from '../checks/report.js';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import { reasonOf, redact } from '../indicators/reason.js';

/** Logs what a check says once per change of its state: the reason when it fails, that it recovered. */
export class Changes {
  private readonly logger = new Logger(LOG_CONTEXT);
  private readonly current = new Map<string, { status: CheckStatus; since: number }>();

  record(findings: Findings): void {
    for (const [name, outcome] of Object.entries(findings)) this.recordOne(name, outcome);
  }

  private recordOne(name: string, outcome: Outcome): void {
    const before = this.current.get(name) ?? { status: 'up', since: performance.now() };
    if (before.status === outcome.status) {
      return;
    }
    const now = performance.now();
    this.current.set(name, { status: outcome.status, since: now });
    if (outcome.status === 'up') {
      this.logger.log(LOG.recovered(name, Math.round((now - before.since) / 1000)));
    } else {
      this.logFailure(name, outcome);
    }
  }

  private logFailure(name: string, { message = '', cause }: Outcome): void {
    const reason = cause === undefined ? '' : reasonOf(cause);
    const stack = cause instanceof Error && cause.stack ? `\n${redact(cause.stack)}` : '';
    this.logger.warn(LOG.notUp(name, message, reason) + stack);
  }
}
