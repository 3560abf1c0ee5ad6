import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { Check, type CheckOptions } from '../checks/check.js';
import {
  type CheckStatus,
  type Findings,
  measuredFindings,
  type Outcome,
  type ProbeCheck,
} from '../checks/report.js';
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
  // What has no result of its own is reported by the names it had last.
  let names = [(typeof given === 'function' && given.name) || position];
  const check = new Check<Findings>({
    ...limits,
    // A Terminus attempt is no function but runs when it is awaited.
    async run() {
      const result: unknown = await (typeof given === 'function' ? given() : given);
      const findings = toFindings(result);
      if (findings) names = Object.keys(findings);
      return findings ?? everyName({ status: 'down', message: INVALID_RESPONSE });
    },
    unanswered: (why) => everyName(unanswered(why)),
    measured: measuredFindings,
  });
  const everyName = (outcome: Outcome): Findings =>
    Object.fromEntries(names.map((each) => [each, outcome]));
  // Functions may have the same name, and no two the same position.
  return { name: position, unnamed: true, ask: () => check.ask() };
}

/** Anything may come back; none when it names nothing. */
function toFindings(result: unknown): Findings | undefined {
  const entries = typeof result === 'object' && result !== null ? Object.entries(result) : [];
  return entries.length
    ? Object.fromEntries(entries.map(([key, value]) => [key, toOutcome(value)]))
    : undefined;
}

function toOutcome(value: unknown): Outcome {
  const { status, ...data } = { ...(value as { status?: unknown } | null) };
  if (!STATUSES.includes(status)) {
    return { status: 'down', message: INVALID_RESPONSE };
  }
  if (status === 'up') {
    return { status, data };
  }
  // What the indicator says may be a driver's words: the sentence for everybody is ours.
  const { message: cause, ...rest } = data as { message?: unknown };
  return { status: status as CheckStatus, message: CHECK_FAILED, cause, data: rest };
}
