import { defer, filter, from, mergeWith, type Observable, Subject } from 'rxjs';
import { byProbe, type Probe } from '../options/probe.options.js';
import { logChange } from './change-log.js';
import type { StateChange } from './check-record.js';
import { type Measured, ProbeRecord, type RecordEvents } from './probe-record.js';

/** The records of every probe, and their events. */
export class ProbeRecords implements RecordEvents {
  readonly measured$ = new Subject<Measured>();
  readonly changed$ = new Subject<StateChange>();
  readonly forgotten$ = new Subject<string>();
  private readonly records = byProbe((probe) => new ProbeRecord(probe, this));

  /** Each change of a state; first, for a new subscriber, the change that led to each present state. */
  readonly changes$: Observable<StateChange> = defer(() =>
    from(this.present()).pipe(
      mergeWith(this.changed$.pipe(filter((change) => change.from !== change.to))),
    ),
  );

  constructor() {
    this.changed$.subscribe(logChange);
  }

  of(probe: Probe): ProbeRecord {
    return this.records[probe];
  }

  complete(): void {
    for (const subject of [this.measured$, this.changed$, this.forgotten$]) subject.complete();
  }

  private present(): StateChange[] {
    return Object.values(this.records)
      .flatMap((record) => record.entries())
      .flatMap(([, { latestChange }]) => latestChange ?? []);
  }
}
