/** The state of one checked thing: `degraded` still serves, `down` does not. */
export type CheckStatus = 'up' | 'degraded' | 'down';

/** What asking one resource found out. */
export interface Outcome {
  readonly status: CheckStatus;
  /** One sentence for everybody: never a driver's error, an address or a credential. */
  readonly message?: string;
  /** Why, for the log and for `details: 'full'` only. */
  readonly cause?: unknown;
  /** More facts, for `details: 'full'` only. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Outcomes by name. Most checks yield one, an indicator of the user's may yield several. */
export type Findings = Readonly<Record<string, Outcome>>;

/** One entry in a probe's list of things to ask. */
export interface ProbeCheck {
  /** Its own among all checks of a probe, and the same each time. */
  readonly name: string;
  /** What is asked, by which an outcome can be forced. */
  readonly subject: object;
  /** The names it reports under, as far as they are known. */
  names(): readonly string[];
  /** Never rejects. */
  ask(): Promise<Findings>;
}

/** An optional resource that is down makes the app degraded, not unready. */
export function asOptional(outcome: Outcome): Outcome {
  return outcome.status === 'down' ? { ...outcome, status: 'degraded' } : outcome;
}

const SEVERITY: Record<CheckStatus, number> = { up: 0, degraded: 1, down: 2 };

/** The first of the worst outcomes. */
export function worstOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((worst, each) =>
    SEVERITY[each.status] > SEVERITY[worst.status] ? each : worst,
  );
}
