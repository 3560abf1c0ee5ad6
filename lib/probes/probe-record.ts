import type { ProbeCheck, TimedOutcome } from '../checks/outcome.js';
import { freeName } from '../discovery/names.js';
import type { Probe } from '../options/probe.options.js';
import { CheckRecord, type StateChange } from './check-record.js';

/** Receives the events of a probe's records. */
export interface RecordListener {
  onResult(check: string, outcome: TimedOutcome): void;
  onChange(change: StateChange): void;
  /** A check that is gone, or no longer reports this name. */
  onForgotten(check: string): void;
}

interface Results {
  latestAt: number;
  readonly records: Map<string, CheckRecord>;
}

/** The latest results of one probe's checks, and their history. */
export class ProbeRecord {
  /** By check: a check with parts reports several names. */
  private readonly results = new Map<string, Results>();

  constructor(
    private readonly probe: Probe,
    private readonly listener: RecordListener,
  ) {}

  /** The names that a check reported last. */
  namesOf(check: string): readonly string[] {
    return [...(this.results.get(check)?.records.keys() ?? [])];
  }

  get(name: string): CheckRecord | undefined {
    for (const { records } of this.results.values()) {
      const record = records.get(name);
      if (record) return record;
    }
    return undefined;
  }

  entries(): (readonly [string, CheckRecord])[] {
    return [...this.results.values()].flatMap(({ records }) => [...records]);
  }

  /** Forgets the results of all other checks. */
  keep(checks: readonly ProbeCheck[]): void {
    const names = new Set(checks.map(({ name }) => name));
    for (const [check, { records }] of this.results) {
      if (names.has(check)) continue;
      this.results.delete(check);
      for (const name of records.keys()) this.listener.onForgotten(name);
    }
  }

  /** Records an outcome unless a newer one is there. Returns the outcome of each reported name. */
  add(check: string, outcome: TimedOutcome): ReadonlyMap<string, TimedOutcome> {
    const results = this.results.get(check) ?? { latestAt: -Infinity, records: new Map() };
    this.results.set(check, results);
    const named = this.named(check, outcome);
    if (outcome.at < results.latestAt) return named;
    results.latestAt = outcome.at;
    this.dropOthers(results.records, named, outcome);
    for (const [name, each] of named) {
      const record = results.records.get(name) ?? new CheckRecord(this.probe, name);
      results.records.set(name, record);
      if (!record.isNew(each)) continue;
      this.listener.onResult(name, each);
      this.emit(record.add(each));
    }
    return named;
  }

  private named(check: string, outcome: TimedOutcome): Map<string, TimedOutcome> {
    const { parts, at, tookMs, freshUntil } = outcome;
    const named = new Map<string, TimedOutcome>();
    if (!parts) return named.set(check, outcome);
    const taken = new Set([...this.results.keys(), ...this.entriesOfOthers(check)]);
    for (const [key, part] of Object.entries(parts)) {
      const name = freeName(`${check}.${key}`, taken);
      taken.add(name);
      named.set(name, { ...part, at, tookMs, freshUntil });
    }
    return named;
  }

  private entriesOfOthers(check: string): string[] {
    return [...this.results.keys()]
      .filter((each) => each !== check)
      .flatMap((each) => this.namesOf(each));
  }

  private dropOthers(
    records: Map<string, CheckRecord>,
    named: ReadonlyMap<string, TimedOutcome>,
    outcome: TimedOutcome,
  ): void {
    for (const [name, record] of records) {
      if (named.has(name)) continue;
      records.delete(name);
      // A first run that failed had no parts to report yet: its outage ends with the first result.
      if (outcome.status === 'up' && record.status !== 'up') {
        this.emit(record.add({ ...outcome, status: 'up' }));
      }
      this.listener.onForgotten(name);
    }
  }

  private emit(change: StateChange | undefined): void {
    if (change) this.listener.onChange(change);
  }
}
