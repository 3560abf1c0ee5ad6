import { defer, filter, from, mergeWith, type Observable, Subject } from 'rxjs';
import { byProbe, type Probe } from '../options/probe.options.js';
import { log } from '../health.logger.js';
import { LOG } from '../health.messages.js';
import { reasonOf, stackOf } from '../redaction/reason.js';
import type { StateChange } from './check-record.js';
import { type CheckDuration, ProbeRecord, type RecordEvents } from './probe-record.js';

/** The records of every probe, and their events. */
export class ProbeRecords implements RecordEvents {
  readonly measured$ = new Subject<CheckDuration>();
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

/** Logs why a check is not up, once for each message in an outage, and that it recovered. */
function logChange(change: StateChange): void {
  const { check, to, outcome, outageMs } = change;
  const { message = '', cause, logged } = outcome;
  if (logged) return;
  if (to !== 'up') {
    const stack = stackOf(cause);
    log.warn(
      LOG.notUp(check, message.replaceAll('\n', ' '), reasonOf(cause)) + (stack && `\n${stack}`),
    );
  } else if (change.from !== undefined) {
    log.log(LOG.recovered(check, Math.round(outageMs / 1000)));
  }
}
