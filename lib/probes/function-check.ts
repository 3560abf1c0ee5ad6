import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { Check, type CheckOptions } from '../checks/check.js';
import type { CheckStatus, Findings, Outcome, ProbeCheck } from '../checks/report.js';
import { CHECK_FAILED, INVALID_RESPONSE } from '../health.messages.js';
import { unansweredOutcome } from '../indicators/unanswered.js';

const STATUSES: readonly unknown[] = ['up', 'degraded', 'down'] satisfies CheckStatus[];
const unanswered = unansweredOutcome(CHECK_FAILED);

/** A Terminus health indicator function of the user's, with our deadline and one run at a time. */
export function functionCheck(
  given: HealthIndicatorFunction,
  position: string,
  limits: Pick<CheckOptions<Findings>, 'timeoutMs' | 'freshMs' | 'closing'>,
): ProbeCheck {
  const name = (typeof given === 'function' && given.name) || position;
  const check = new Check<Findings>({
    ...limits,
    // A Terminus attempt is no function but runs when it is awaited.
    run: async () => toFindings(name, await (typeof given === 'function' ? given() : given)),
    unanswered: (why) => ({ [name]: unanswered(why) }),
  });
  return { name, ask: (maxWaitMs) => check.ask(maxWaitMs) };
}

/** Anything may come back: what is no result of Terminus's form is a check that failed. */
function toFindings(name: string, result: unknown): Findings {
  const entries = typeof result === 'object' && result !== null ? Object.entries(result) : [];
  return entries.length
    ? Object.fromEntries(entries.map(([key, value]) => [key, toOutcome(value)]))
    : { [name]: { status: 'down', message: INVALID_RESPONSE } };
}

function toOutcome(value: unknown): Outcome {
  const { status, ...data } = { ...(value as { status?: unknown } | null) };
  if (!STATUSES.includes(status)) {
    return { status: 'down', message: INVALID_RESPONSE };
  }
  // What the indicator says may be a driver's words: the sentence for everybody is ours.
  const cause = 'message' in data ? data.message : undefined;
  return status === 'up'
    ? { status, data }
    : { status: status as CheckStatus, message: CHECK_FAILED, cause, data };
}
