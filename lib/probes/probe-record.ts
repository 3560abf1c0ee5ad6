import type { Measurement, Outcome } from '../checks/outcome.js';
import type { Probe } from '../options/probe.options.js';
import { CheckRecord, type StateChange } from './check-record.js';

/** Who is told of what comes in. */
export interface RecordListener {
  onResult(check: string, measured: Measurement): void;
  onChange(change: StateChange): void;
  /** A check that is not asked any more, or not by this name. */
  onForgotten(check: string): void;
}

/** An outcome that is measured in any case. */
export interface Found {
  readonly outcome: Outcome;
  readonly measured: Measurement;
}

interface Source {
  latestAt: number;
  readonly checks: Map<string, CheckRecord>;
}

/** What is known of the checks of one probe. */
export class ProbeRecord {
  /** By what was asked, which may report several checks, and under other names each time. */
  private readonly sources = new Map<string, Source>();

  constructor(
    private readonly probe: Probe,
    private readonly listener: RecordListener,
  ) {}

  /** The names under which a source reported last; none when it was never asked. */
  namesOf(source: string): readonly string[] {
    return [...(this.sources.get(source)?.checks.keys() ?? [])];
  }

  of(source: string, name: string): CheckRecord | undefined {
    return this.sources.get(source)?.checks.get(name);
  }

  get(name: string): CheckRecord | undefined {
    for (const { checks } of this.sources.values()) {
      const record = checks.get(name);
      if (record) return record;
    }
    return undefined;
  }

  entries(): (readonly [string, CheckRecord])[] {
    return [...this.sources.values()].flatMap(({ checks }) => [...checks]);
  }

  /** Forgets all other sources: what they asked is no longer there. */
  keep(sources: ReadonlySet<string>): void {
    for (const [source, { checks }] of this.sources) {
      if (sources.has(source)) continue;
      this.sources.delete(source);
      for (const check of checks.keys()) this.listener.onForgotten(check);
    }
  }

  /** Takes down what a source found, unless something newer is known by now. */
  add(name: string, found: ReadonlyMap<string, Found>): void {
    const source = this.sources.get(name) ?? { latestAt: -Infinity, checks: new Map() };
    const at = Math.max(...[...found.values()].map(({ measured }) => measured.at));
    if (at < source.latestAt) return;
    source.latestAt = at;
    this.sources.set(name, source);
    this.drop(source, found);
    for (const [check, { outcome, measured }] of found) {
      const record = source.checks.get(check) ?? new CheckRecord(this.probe, check);
      source.checks.set(check, record);
      if (!record.isNew(outcome, measured)) continue;
      this.listener.onResult(check, measured);
      this.tell(record.add(outcome, measured));
    }
  }

  private drop({ checks }: Source, found: ReadonlyMap<string, Found>): void {
    const all = [...found.values()];
    // A check that failed before it could say its name is up again under its own.
    const allUp = all.every(({ outcome }) => outcome.status === 'up');
    for (const [check, record] of checks) {
      if (found.has(check)) continue;
      checks.delete(check);
      const [first] = all;
      if (allUp && first && record.status !== 'up') {
        this.tell(record.add({ status: 'up' }, first.measured));
      }
      this.listener.onForgotten(check);
    }
  }

  private tell(change: StateChange | undefined): void {
    if (change) this.listener.onChange(change);
  }
}
