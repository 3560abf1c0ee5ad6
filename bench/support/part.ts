import type { Loader } from './load.js';
import type { Summary } from './statistics.js';

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** One measurement within a round. */
  readonly sliceMs: number;
  /** How often instructions are counted, and of how many requests. */
  readonly countings: number;
  readonly counted: number;
}

export interface Limit {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A ratio, or another figure that does not depend on the machine, and what it has to be. */
export interface Claim {
  readonly what: string;
  readonly value: Summary;
  /** None: shown, not promised. */
  readonly limit?: Limit;
}

/** Absolute figures, of this machine and this minute. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Report {
  readonly claims: readonly Claim[];
  readonly tables: readonly Table[];
}

/** One thing to measure, against its peers. */
export interface Part {
  readonly title: string;
  /** How it is measured, in a sentence or two for the report. */
  readonly how: string;
  run(effort: Effort, loader: Loader): Promise<Report>;
}
