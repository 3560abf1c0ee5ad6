import { defer, filter, from, mergeWith, type Observable, Subject } from 'rxjs';
import { byProbe, type Probe } from '../options/probe.options.js';
import { ChangeLog } from './change-log.js';
import type { StateChange } from './check-record.js';
import { ProbeRecord } from './probe-record.js';

/** A new result: once, however many requests share it. */
export interface Measured {
  readonly check: string;
  readonly tookMs: number;
}

/** The records of every probe, and their events. */
export class ProbeRecords {
  readonly measured$ = new Subject<Measured>();
  readonly forgotten$ = new Subject<string>();
  private readonly all$ = new Subject<StateChange>();
  private readonly changeLog = new ChangeLog();
  private readonly records = byProbe((probe) => this.create(probe));

  /** Each change of a state; first, for a new subscriber, the change that led to each present state. */
  readonly changes$: Observable<StateChange> = defer(() =>
    from(this.present()).pipe(
      mergeWith(this.all$.pipe(filter((change) => change.from !== change.to))),
    ),
  );

  of(probe: Probe): ProbeRecord {
    return this.records[probe];
  }

  complete(): void {
    this.all$.complete();
    this.measured$.complete();
    this.forgotten$.complete();
  }

  private create(probe: Probe): ProbeRecord {
    return new ProbeRecord(probe, {
      onResult: (check, { tookMs }) => this.measured$.next({ check, tookMs }),
      onChange: (change) => {
        this.changeLog.write(change);
        this.all$.next(change);
      },
      onForgotten: (check) => this.forgotten$.next(check),
    });
  }

  private present(): StateChange[] {
    return Object.values(this.records)
      .flatMap((record) => record.entries())
      .flatMap(([, { latestChange }]) => latestChange ?? []);
  }
}
