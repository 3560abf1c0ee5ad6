import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { type Abortable, Check, type CheckOptions } from '../checks/check.js';
import { forced } from '../checks/forced.js';
import {
  asOptional,
  type CheckStatus,
  type Findings,
  measuredFindings,
  type Outcome,
  type ProbeCheck,
} from '../checks/outcome.js';
import type { FoundIndicator } from '../discovery/probe-indicators.js';
import { CHECK_FAILED, INVALID_RESPONSE } from '../health.messages.js';
import { unansweredOutcome } from '../indicators/unanswered.js';

type Limits = Pick<CheckOptions<Findings>, 'timeoutMs' | 'freshMs' | 'closing'>;

/** What a check of the user's is, in whichever form it was given. */
interface Given {
  readonly name: string;
  /** What it is reported as until it says its own names. */
  readonly firstName: string;
  run(run: Abortable): unknown;
  /** Anything may come back; none when it says nothing. */
  read(result: unknown): Findings | undefined;
  isOptional(name: string): boolean;
  /** Whether it has names of its own, which only a result tells. */
  readonly unnamed?: boolean;
}

const STATUSES: readonly unknown[] = ['up', 'degraded', 'down'] satisfies CheckStatus[];
const unanswered = unansweredOutcome(CHECK_FAILED);

/**
 * A Terminus health indicator function.
 *
 * @param position where in the options it is: functions may have the same name, and no two the same position
 */
export function functionCheck(
  given: HealthIndicatorFunction,
  position: string,
  optional: readonly string[],
  limits: Limits,
): ProbeCheck {
  // A Terminus attempt is no function but runs when it is awaited.
  const isFunction = typeof given === 'function';
  return userCheck(
    {
      name: position,
      firstName: (isFunction && given.name) || position,
      run: () => (isFunction ? given() : given),
      read: toFindings,
      isOptional: (name) => optional.includes(name),
      unnamed: true,
    },
    limits,
  );
}

/** A provider with `@ProbeIndicator()`, always reported by the name it has there. */
export function indicatorCheck(
  { instance, options: { name, optional = false } }: FoundIndicator,
  limits: Limits,
): ProbeCheck {
  return userCheck(
    {
      name,
      firstName: name,
      run: ({ signal }) => instance.check(signal),
      read: (result) => toFindingsOf(name, result),
      isOptional: () => optional,
    },
    limits,
  );
}

/** With our deadline and one run at a time. */
function userCheck(given: Given, limits: Limits): ProbeCheck {
  const { name, firstName, isOptional, unnamed } = given;
  // What has no result of its own is reported by the names it had last.
  let names: readonly string[] = [firstName];
  const check = new Check<Findings>({
    ...limits,
    async run(run) {
      const findings = given.read(await returnedOrThrown(() => given.run(run)));
      if (findings) names = Object.keys(findings);
      return findings ?? everyName({ status: 'down', message: INVALID_RESPONSE });
    },
    unanswered: (why) => everyName(unanswered(why)),
    measured: measuredFindings,
  });
  const everyName = (outcome: Outcome): Findings =>
    Object.fromEntries(names.map((each) => [each, outcome]));
  return {
    name,
    subject: check,
    current: () => [forced.get(check) ?? check.current],
    unnamed,
    names: () => names,
    async ask() {
      const outcome = forced.get(check);
      const findings = outcome ? everyName(outcome) : await check.ask();
      return Object.fromEntries(
        Object.entries(findings).map(([each, found]) => [
          each,
          isOptional(each) ? asOptional(found) : found,
        ]),
      );
    },
  };
}

/** A result, also one that an indicator of Terminus 11 threw. */
async function returnedOrThrown(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    const { isHealthCheckError, message, causes } = Object(error) as Partial<HealthCheckError>;
    if (isHealthCheckError !== true || !toFindings(causes)) throw error;
    const entries = Object.entries(causes as object);
    // Its words, for the log, where the result has none.
    return Object.fromEntries(entries.map(([name, result]) => [name, { message, ...result }]));
  }
}

/** Of Terminus 11, told by its shape: Terminus 12 has no such class. */
interface HealthCheckError {
  readonly isHealthCheckError: boolean;
  readonly message: string;
  readonly causes: unknown;
}

function toFindings(result: unknown): Findings | undefined {
  const entries = typeof result === 'object' && result !== null ? Object.entries(result) : [];
  return entries.length
    ? Object.fromEntries(entries.map(([key, value]) => [key, toOutcome(value)]))
    : undefined;
}

/** One result has the name of its check, whatever it is called itself; several are parts of it. */
function toFindingsOf(name: string, result: unknown): Findings | undefined {
  if (result === undefined || result === true) return { [name]: { status: 'up' } };
  if (result === false) return { [name]: { status: 'down', message: CHECK_FAILED } };
  const entries = Object.entries(toFindings(result) ?? {});
  const [only] = entries;
  if (!only) return undefined;
  return entries.length === 1
    ? { [name]: only[1] }
    : Object.fromEntries(entries.map(([key, outcome]) => [`${name}.${key}`, outcome]));
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
