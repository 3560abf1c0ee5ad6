/**
 * The state of one checked thing: `degraded` still serves, `down` does not.
 *
 * @publicApi
 */
export type CheckStatus = 'up' | 'degraded' | 'down';

/** When a result was there, on the clock of `performance.now()`, and how long it took. */
export interface Measurement {
  readonly at: number;
  readonly tookMs: number;
}

/** What asking one resource found out. */
export interface Outcome {
  readonly status: CheckStatus;
  /** One sentence for everybody: never a driver's error, an address or a credential. */
  readonly message?: string;
  /** Why, for the log and for `details: 'full'` only. */
  readonly cause?: unknown;
  /** Whether who found out has logged it already. */
  readonly logged?: boolean;
  /** More facts, for `details: 'full'` only. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Tells a new result from one that is shared. */
  readonly measured?: Measurement;
}

/** Outcomes by name. Most checks yield one, an indicator of the user's may yield several. */
export type Findings = Readonly<Record<string, Outcome>>;

/** One entry in a probe's list of things to ask. */
export interface ProbeCheck {
  /** Its own among all checks of a probe, and the same each time. */
  readonly name: string;
  /** What is asked, by which an outcome can be forced. */
  readonly subject: object;
  /**
   * Stands for what who asks now gets: the same parts, by identity, as long as that is the same. A part
   * that is none would be asked anew.
   */
  current(): readonly unknown[];
  /** The names it reports under, as far as they are known. */
  names(): readonly string[];
  /** Whether it reports under names of its own, which it tells when it is asked. */
  readonly unnamed?: boolean;
  /** Never rejects. */
  ask(): Promise<Findings>;
}

export const measuredOutcome = (outcome: Outcome, measured: Measurement): Outcome => ({
  ...outcome,
  measured,
});

export const measuredFindings = (findings: Findings, measured: Measurement): Findings =>
  Object.fromEntries(
    Object.entries(findings).map(([name, each]) => [name, measuredOutcome(each, measured)]),
  );

/** The measurement of outcomes that were found side by side: there with the last, as long as the longest. */
export function jointMeasurement(outcomes: readonly Outcome[]): Measurement | undefined {
  const all = outcomes.flatMap(({ measured }) => measured ?? []);
  return all.length
    ? {
        at: Math.max(...all.map(({ at }) => at)),
        tookMs: Math.max(...all.map(({ tookMs }) => tookMs)),
      }
    : undefined;
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
