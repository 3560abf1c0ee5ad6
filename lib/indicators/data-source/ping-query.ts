import type { Outcome } from '../../checks/outcome.js';
import { DATABASE, INVALID_RESPONSE } from '../../health.messages.js';

/** The query of a ping, and the outcome of its rows. */
export interface PingQuery {
  readonly sql: string;
  outcomeOf(rows: unknown): Outcome;
}

/** Up when a row came back. */
export const rowQuery = (sql: string): PingQuery => ({ sql, outcomeOf: outcomeOfRows });

/** Settings of a server that takes no writes; each is off in one that does. */
const READ_ONLY_SETTINGS: Readonly<Record<string, string>> = {
  // On for a standby too.
  postgres: "current_setting('transaction_read_only') AS read_only",
  // MySQL cannot have `super_read_only` on without `read_only`. A replica of Aurora has the other one.
  mysql: '@@global.read_only AS read_only, @@global.innodb_read_only AS innodb_read_only',
};
const SAME_SETTINGS: Readonly<Record<string, string>> = {
  cockroachdb: 'postgres',
  mariadb: 'mysql',
};

/**
 * Up when the server takes writes too: after a failover a pool often stays connected to the old primary.
 * Nothing is written.
 *
 * @returns undefined for a type of database whose settings are unknown
 */
export function writeQuery(type = ''): PingQuery | undefined {
  const settings = READ_ONLY_SETTINGS[SAME_SETTINGS[type] ?? type];
  return settings === undefined
    ? undefined
    : { sql: `SELECT ${settings}`, outcomeOf: outcomeOfSettings };
}

function outcomeOfRows(rows: unknown): Outcome {
  return Array.isArray(rows) && rows.length > 0
    ? { status: 'up' }
    : { status: 'down', message: INVALID_RESPONSE };
}

function outcomeOfSettings(rows: unknown): Outcome {
  const outcome = outcomeOfRows(rows);
  if (outcome.status !== 'up') return outcome;
  const [settings] = rows as [object];
  return Object.values(settings).every(isOff)
    ? outcome
    : { status: 'down', message: DATABASE.readOnly };
}

// MySQL returns numbers. MariaDB 12 has words for several kinds of read-only.
const isOff = (value: unknown) => ['0', 'off'].includes(String(value).toLowerCase());
