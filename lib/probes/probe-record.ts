import type { Subject } from 'rxjs';
import type { ProbeCheck, TimedOutcome } from '../checks/outcome.js';
import { freeName } from '../discovery/names.js';
import type { Probe } from '../options/probe.options.js';
import { CheckRecord, type StateChange } from './check-record.js';

/** The duration of one run of a check: once, however many requests share it. */
export interface CheckDuration {
  readonly check: string;
  readonly tookMs: number;
}

/** The events of a probe's records. */
export interface RecordEvents {
  readonly measured$: Subject<CheckDuration>;
  readonly changed$: Subject<StateChange>;
  /** The name of a check that is gone, or that a check no longer reports. */
  readonly forgotten$: Subject<string>;
}

/** An outcome under the name that it is reported as. */
export interface RecordedOutcome {
  readonly name: string;
  readonly outcome: TimedOutcome;
  readonly record: CheckRecord;
}

/** The latest results of one probe's checks, and their history. */
export class ProbeRecord {
  /** By reported name: a check with parts reports several. */
  private readonly records = new Map<string, CheckRecord>();
  private readonly latest = new Map<string, { readonly at: number; readonly names: string[] }>();
  private checks: readonly ProbeCheck[] = [];

  constructor(
    private readonly probe: Probe,
    private readonly events: RecordEvents,
  ) {}

  /** The names that a check reported last. */
  namesOf(check: string): readonly string[] {
    return this.latest.get(check)?.names ?? [];
  }

  get(name: string): CheckRecord | undefined {
    return this.records.get(name);
  }

  entries(): (readonly [string, CheckRecord])[] {
    return [...this.records];
  }

  /** Forgets the results of all other checks. */
  keep(checks: readonly ProbeCheck[]): void {
    if (checks === this.checks) return;
    this.checks = checks;
    const names = new Set(checks.map(({ name }) => name));
    for (const [check, { names: reported }] of this.latest) {
      if (names.has(check)) continue;
      this.latest.delete(check);
      for (const name of reported) this.forget(name);
    }
  }

  /** Records an outcome, each of its parts by name, unless a newer one is there. */
  add(check: string, outcome: TimedOutcome): readonly RecordedOutcome[] {
    const results = this.toResults(check, outcome).map(([name, each]) => ({
      name,
      outcome: each,
      record: this.records.get(name) ?? new CheckRecord(this.probe, name),
    }));
    const { at = -Infinity, names: before = [] } = this.latest.get(check) ?? {};
    if (outcome.at < at) return results;
    const names = results.map(({ name }) => name);
    this.latest.set(check, { at: outcome.at, names });
    for (const name of before) {
      if (!names.includes(name)) this.replace(name, outcome);
    }
    for (const { name, outcome: each, record } of results) {
      this.records.set(name, record);
      const added = record.add(each);
      if (!added) continue;
      this.events.measured$.next({ check: name, tookMs: each.tookMs });
      if (added.change) this.events.changed$.next(added.change);
    }
    return results;
  }

  private toResults(
    check: string,
    outcome: TimedOutcome,
  ): readonly (readonly [name: string, outcome: TimedOutcome])[] {
    const { parts, at, tookMs, freshUntil } = outcome;
    if (!parts) return [[check, outcome]];
    const own = this.namesOf(check);
    const others = [...this.records.keys()].filter((name) => !own.includes(name));
    const taken = new Set([...others, ...this.checks.map(({ name }) => name)]);
    return Object.entries(parts).map(([key, part]) => {
      const name = freeName(`${check}.${key}`, taken);
      taken.add(name);
      return [name, { ...part, at, tookMs, freshUntil }];
    });
  }

  /** Ends the record of a name that the check no longer reports. */
  private replace(name: string, { status, at, tookMs, freshUntil }: TimedOutcome): void {
    const record = this.records.get(name);
    // A first run that failed had no parts to report yet: its outage ends with the first result.
    if (status === 'up' && record && record.status !== 'up') {
      const { change } = record.add({ status, at, tookMs, freshUntil }) ?? {};
      if (change) this.events.changed$.next(change);
    }
    this.forget(name);
  }

  private forget(name: string): void {
    this.records.delete(name);
    this.events.forgotten$.next(name);
  }
}
