/**
 * The state of one checked thing: `degraded` still serves, `down` does not.
 *
 * @publicApi
 */
export type CheckStatus = 'up' | 'degraded' | 'down';

/** The outcome of one run of a check. */
export interface Outcome {
  readonly status: CheckStatus;
  /** One sentence for everybody: never a driver's error, an address or a credential. */
  readonly message?: string;
  /** The reason. The log has its message; with `details: 'full'`, the response has its code, class and address. */
  readonly cause?: unknown;
  /** Set when the reason is in the log already. */
  readonly logged?: boolean;
  /** More facts, which only `details: 'full'` reads. Never throws. */
  readonly facts?: () => object;
  /** A user's check may return several results: each is reported as `<name>.<key>`. */
  readonly parts?: Readonly<Record<string, Outcome>>;
}

/** An outcome and when it was found, in milliseconds of `performance.now()`. */
export interface TimedOutcome extends Outcome {
  readonly at: number;
  readonly tookMs: number;
  /** Until when it is shared. */
  readonly freshUntil: number;
}

/** A check whose running and latest outcome all callers share. */
export interface SharedCheck {
  /** Whether an outcome was ever up or degraded. */
  readonly hasServed: boolean;
  /** The sentence when it fails for no other reason. */
  readonly failureMessage: string;
  /** Never rejects. */
  run(): Promise<TimedOutcome>;
  /** Whether it is down for a missing beat. */
  readonly isHeartbeat?: boolean;
  /** Replaces the outcome. Only `nestjs-healthz/testing` sets it. */
  override?: Outcome;
}

/** A check as a probe runs and reports it. */
export interface ProbeCheck {
  /** Unique among the checks of a probe. */
  readonly name: string;
  /** The resource it belongs to: `db.default` for `db.default.replica-1`. */
  readonly owner: string;
  /** Whether the app can do without it: down is reported as degraded; `'afterStart'`: once it has served. */
  readonly optional: boolean | 'afterStart';
  readonly timeoutMs: number;
  readonly check: SharedCheck;
}

/** Runs a check. An optional one that is down makes the app degraded, not unready. */
export async function runCheck({
  check,
  optional,
}: Pick<ProbeCheck, 'check' | 'optional'>): Promise<TimedOutcome> {
  const outcome = await check.run();
  const isOptional = optional === 'afterStart' ? check.hasServed : optional;
  return isOptional ? asOptional(outcome) : outcome;
}

function asOptional<T extends Outcome>(outcome: T): T {
  const parts = outcome.parts && mapValues(outcome.parts, asOptional);
  const status = outcome.status === 'down' ? 'degraded' : outcome.status;
  return { ...outcome, status, ...(parts && { parts }) };
}

const SEVERITY: Readonly<Record<CheckStatus, number>> = { up: 0, degraded: 1, down: 2 };

/** The first of the worst outcomes. */
export function worstOf<T extends Outcome>(outcomes: readonly T[]): T {
  return outcomes.reduce((worst, each) =>
    SEVERITY[each.status] > SEVERITY[worst.status] ? each : worst,
  );
}

/** The times of an outcome that combines several: as late as the last, fresh while all are. */
export const combinedTimes = (outcomes: readonly Omit<TimedOutcome, keyof Outcome>[]) => ({
  at: Math.max(...outcomes.map(({ at }) => at)),
  tookMs: Math.max(...outcomes.map(({ tookMs }) => tookMs)),
  freshUntil: Math.min(...outcomes.map(({ freshUntil }) => freshUntil)),
});

/** By entries: assigning a key named `__proto__` would set the prototype. */
export const mapValues = <T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => U,
): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
