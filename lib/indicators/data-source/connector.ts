import { pause } from '../../checks/clock.js';
import { startDeadline, withDeadline } from '../../checks/deadline.js';
import type { Outcome } from '../../checks/outcome.js';
import { DATABASE } from '../../health.messages.js';
import { reasonOf } from '../../redaction/reason.js';
import type { DataSourceLike } from './data-source-like.js';
import { Connecting } from './connecting.js';
import { keepPushed, upgradeTreeRepositories } from './late-initialization.js';

// As long as mysql2 waits by itself; pg waits for ever.
const ATTEMPT_MS = 10_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
// A migration that failed fails again, and may have to be undone each time.
const SCHEMA_PAUSE_MS = 30_000;
// How long an attempt whose sockets are gone may take to notice.
const END_MS = 1_000;

const NOT_CONNECTED: Outcome = { status: 'down', message: DATABASE.notConnected, logged: true };

/** Brings a DataSource up in the background: one attempt at a time, until one succeeds. */
export class Connector {
  /** Why the DataSource cannot be asked; none once it is up, with its migrations through. */
  pending: Outcome | undefined = NOT_CONNECTED;
  /** Resolves with the end of the first attempt, whatever came of it. */
  readonly firstAttempt: Promise<void>;
  private readonly ended: Promise<void>;
  private isSlow = false;
  private readonly restorePushed: () => void;

  /** @param report is told of each failure that is not the same as the one before, and once of a slow schema */
  constructor(
    private readonly dataSource: DataSourceLike,
    private readonly closing: AbortSignal,
    private readonly report: (failure: Outcome) => void,
  ) {
    this.restorePushed = keepPushed(dataSource);
    this.firstAttempt = this.connectOnce();
    this.ended = this.firstAttempt.then(() => this.connectAgain());
  }

  /** Resolves when nothing of it is left, after `closing` aborted. */
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
    if (this.pending && !this.closing.aborted && !isSame(this.pending, before)) {
      this.report(this.pending);
    }
  }

  private async connectAgain(): Promise<void> {
    for (let failures = 0; this.pending && !this.closing.aborted; failures++) {
      const isSchema = this.pending.message === DATABASE.schemaFailed;
      await pause(isSchema ? SCHEMA_PAUSE_MS : backoffMs(failures), this.closing);
      if (!this.closing.aborted) await this.connectOnce();
    }
  }

  /** What keeps the DataSource from being up, if anything. */
  private async attempt(): Promise<Outcome | undefined> {
    const { dataSource, closing } = this;
    if (dataSource.isInitialized) {
      this.completeInitialization();
      return undefined;
    }
    const connecting = new Connecting(dataSource);
    // Once connected it may take its time: nobody knows how long a migration takes.
    const callOff = startDeadline(ATTEMPT_MS, () => {
      if (connecting.connected) this.reportSlowness();
      else connecting.cancel();
    });
    const close = () => connecting.cancel({ force: true });
    closing.addEventListener('abort', close);
    try {
      await dataSource.initialize();
      this.completeInitialization();
      if (closing.aborted) await dataSource.destroy();
      return undefined;
    } catch (cause) {
      connecting.discard();
      // TypeORM says so before the schema is set up, and leaves it at that where it cannot undo it.
      if (connecting.connected) Object.assign(dataSource, { isInitialized: false });
      const message = connecting.connected ? DATABASE.schemaFailed : DATABASE.notConnected;
      return { status: 'down', message, cause, logged: true };
    } finally {
      callOff();
      closing.removeEventListener('abort', close);
      connecting.end();
    }
  }
}

/** From 250 ms, doubling to 2 s, less up to a half by chance: so that a fleet of pods spreads out. */
export function backoffMs(failures: number, random = Math.random): number {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
  return pauseMs * (1 - random() / 2);
}

const isSame = (one: Outcome | undefined, other: Outcome | undefined) =>
  one?.message === other?.message && reasonOf(one?.cause) === reasonOf(other?.cause);
