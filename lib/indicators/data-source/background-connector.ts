import { pause } from '../../checks/clock.js';
import { onAbort, startDeadline, withDeadline } from '../../checks/deadline.js';
import type { Outcome } from '../../checks/outcome.js';
import { DATABASE } from '../../health.messages.js';
import { reasonOf } from '../../redaction/reason.js';
import { ConnectionAttempt } from './connection-attempt.js';
import type { DataSourceLike } from './data-source-like.js';
import { keepPushed, upgradeTreeRepositories } from './late-initialization.js';

// mysql2's own limit; pg has none.
const ATTEMPT_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
// A migration that failed fails again, and may have to be undone each time.
const SCHEMA_PAUSE_MS = 30_000;
// How long an attempt whose sockets are destroyed may take to notice.
const END_MS = 1_000;

/** Initializes a DataSource in the background: one attempt at a time, until one succeeds. */
export class BackgroundConnector {
  /** The outcome until the DataSource is initialized, migrations included; undefined from then on. */
  outcome: Outcome | undefined = { status: 'down', message: DATABASE.notConnected, logged: true };
  /** Resolves when the first attempt has ended, with or without success. */
  readonly firstAttempt: Promise<void>;
  private readonly ended: Promise<void>;
  private readonly restoreLists: () => void;
  private isSlow = false;

  /** @param report is called with each failure that differs from the one before, and once if the schema is slow */
  constructor(
    private readonly dataSource: DataSourceLike,
    private readonly shutdown: AbortSignal,
    private readonly report: (failure: Outcome) => void,
  ) {
    this.restoreLists = keepPushed(dataSource);
    this.firstAttempt = this.connect();
    this.ended = this.firstAttempt.then(() => this.retry());
  }

  /** Resolves when nothing of it is left, once `shutdown` has aborted. */
  async end(): Promise<void> {
    await withDeadline(this.ended, END_MS, () => undefined);
  }

  private async retry(): Promise<void> {
    for (let failures = 0; this.outcome && !this.shutdown.aborted; failures++) {
      const isSchema = this.outcome.message === DATABASE.schemaFailed;
      await pause(isSchema ? SCHEMA_PAUSE_MS : backoffMs(failures), this.shutdown);
      if (!this.shutdown.aborted) await this.connect();
    }
  }

  private async connect(): Promise<void> {
    const before = this.outcome;
    this.outcome = await this.attempt();
    if (this.outcome && !this.shutdown.aborted && !isSame(this.outcome, before)) {
      this.report(this.outcome);
    }
  }

  private async attempt(): Promise<Outcome | undefined> {
    const { dataSource, shutdown } = this;
    if (dataSource.isInitialized) return this.completeInitialization();
    const attempt = new ConnectionAttempt(dataSource);
    // Nobody knows how long a migration takes: once connected there is no limit.
    const stopDeadline = startDeadline(ATTEMPT_MS, () => {
      if (attempt.isConnected) this.reportSlowSchema();
      else attempt.cancel();
    });
    const stopListening = onAbort(shutdown, () => attempt.cancel({ force: true }));
    try {
      await dataSource.initialize();
      this.completeInitialization();
      if (shutdown.aborted) await dataSource.destroy();
      return undefined;
    } catch (cause) {
      attempt.discard();
      // TypeORM sets it before the schema is set up, and leaves it set where it cannot undo that.
      if (attempt.isConnected) Object.assign(dataSource, { isInitialized: false });
      const message = attempt.isConnected ? DATABASE.schemaFailed : DATABASE.notConnected;
      return { status: 'down', message, cause, logged: true };
    } finally {
      stopDeadline();
      stopListening();
      attempt.end();
    }
  }

  private completeInitialization(): undefined {
    this.restoreLists();
    upgradeTreeRepositories(this.dataSource);
  }

  private reportSlowSchema(): void {
    if (!this.isSlow) this.report({ status: 'down', message: DATABASE.schemaIsSlow });
    this.isSlow = true;
  }
}

/** From 250 ms, doubling to 2 s, less a random part of up to a half: so that a fleet of pods spreads out. */
export function backoffMs(failures: number, random = Math.random): number {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
  return pauseMs * (1 - random() / 2);
}

const isSame = (one: Outcome, other: Outcome | undefined) =>
  one.message === other?.message && reasonOf(one.cause) === reasonOf(other?.cause);
