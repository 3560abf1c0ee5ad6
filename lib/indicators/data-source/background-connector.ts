import { pause } from '../../checks/clock.js';
import { onAbort, startDeadline, withDeadline } from '../../checks/deadline.js';
import type { Outcome } from '../../checks/outcome.js';
import { DATABASE } from '../../health.messages.js';
import { reasonOf } from '../../redaction/reason.js';
import type { DataSourceLike } from './data-source-like.js';
import { ConnectionAttempt } from './connection-attempt.js';
import { keepPushed, upgradeTreeRepositories } from './late-initialization.js';

// The default of mysql2; pg has none.
const ATTEMPT_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
// A migration that failed is likely to fail again, and may have to be undone each time.
const SCHEMA_PAUSE_MS = 30_000;
// The time that an attempt needs to settle once its sockets are destroyed.
const END_MS = 1_000;

const NOT_CONNECTED: Outcome = { status: 'down', message: DATABASE.notConnected, logged: true };

/** Initializes a DataSource in the background: one attempt at a time, until one succeeds. */
export class BackgroundConnector {
  /** The outcome of a check until the DataSource is initialized, with its migrations; then undefined. */
  pending: Outcome | undefined = NOT_CONNECTED;
  /** Resolves when the first attempt has succeeded or failed. */
  readonly firstAttempt: Promise<void>;
  private readonly ended: Promise<void>;
  private isSlow = false;
  private readonly restorePushed: () => void;

  /** @param report receives each failure that differs from the one before, and once a slow schema setup */
  constructor(
    private readonly dataSource: DataSourceLike,
    private readonly shutdown: AbortSignal,
    private readonly report: (failure: Outcome) => void,
  ) {
    this.restorePushed = keepPushed(dataSource);
    this.firstAttempt = this.connectOnce();
    this.ended = this.firstAttempt.then(() => this.connectAgain());
  }

  /** Resolves when no attempt is left, after `shutdown` aborted. */
  async end(): Promise<void> {
    await withDeadline(this.ended, END_MS, () => undefined);
  }

  private completeInitialization(): void {
    this.restorePushed();
    upgradeTreeRepositories(this.dataSource);
  }

  private reportSlowness(): void {
    if (!this.isSlow) this.report({ status: 'down', message: DATABASE.schemaIsSlow });
    this.isSlow = true;
  }

  private async connectOnce(): Promise<void> {
    const before = this.pending;
    this.pending = await this.attempt();
    if (this.pending && !this.shutdown.aborted && !isSame(this.pending, before)) {
      this.report(this.pending);
    }
  }

  private async connectAgain(): Promise<void> {
    for (let failures = 0; this.pending && !this.shutdown.aborted; failures++) {
      const isSchema = this.pending.message === DATABASE.schemaFailed;
      await pause(isSchema ? SCHEMA_PAUSE_MS : backoffMs(failures), this.shutdown);
      if (!this.shutdown.aborted) await this.connectOnce();
    }
  }

  /** @returns undefined when the DataSource is initialized */
  private async attempt(): Promise<Outcome | undefined> {
    const { dataSource, shutdown } = this;
    if (dataSource.isInitialized) {
      this.completeInitialization();
      return undefined;
    }
    const attempt = new ConnectionAttempt(dataSource);
    // No limit applies once it is connected: a migration may take any time.
    const cancelDeadline = startDeadline(ATTEMPT_MS, () => {
      if (attempt.isConnected) this.reportSlowness();
      else attempt.cancel();
    });
    const ignoreShutdown = onAbort(shutdown, () => attempt.cancel({ force: true }));
    try {
      await dataSource.initialize();
      this.completeInitialization();
      if (shutdown.aborted) await dataSource.destroy();
      return undefined;
    } catch (cause) {
      attempt.discard();
      // TypeORM sets it before it sets up the schema, and leaves it so when it cannot undo that.
      if (attempt.isConnected) Object.assign(dataSource, { isInitialized: false });
      const message = attempt.isConnected ? DATABASE.schemaFailed : DATABASE.notConnected;
      return { status: 'down', message, cause, logged: true };
    } finally {
      cancelDeadline();
      ignoreShutdown();
      attempt.end();
    }
  }
}

/** From 250 ms, doubling to 2 s, minus a random part of up to a half: the pods of a fleet must not retry together. */
export function backoffMs(failures: number, random = Math.random): number {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
  return pauseMs * (1 - random() / 2);
}

const isSame = (one: Outcome | undefined, other: Outcome | undefined) =>
  one?.message === other?.message && reasonOf(one?.cause) === reasonOf(other?.cause);
