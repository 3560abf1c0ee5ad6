import type { Outcome } from '../../checks/outcome.js';
import { INVALID_RESPONSE } from '../../health.messages.js';
import type { DriverFields } from './driver-fields.js';

/** Upper case, since the spanner and sql.js drivers test for it. */
export function probeQuery(driver: object): string {
  const { dummyTableName } = driver as DriverFields;
  return dummyTableName ? `SELECT 1 FROM ${dummyTableName}` : 'SELECT 1';
}

/**
 * The ping of a driver without a pool, which bypasses TypeORM's logger and subscribers. It returns rows.
 *
 * @returns undefined for an unknown driver: TypeORM has to run the query
 */
export function directPing(driver: object): (() => unknown) | undefined {
  const { databaseConnection, queryRunner } = driver as DriverFields;
  const sqlite = databaseConnection as BetterSqlite3 | SqlJs | undefined;
  const mongo = queryRunner?.databaseConnection as MongoClient | undefined;
  if (typeof mongo?.db === 'function') {
    return async () => [await mongo.db().command({ ping: 1 })];
  }
  if (sqlite && 'pragma' in sqlite) return () => sqlite.prepare(probeQuery(driver)).all();
  if (sqlite && 'getRowsModified' in sqlite) return () => sqlite.exec(probeQuery(driver));
  return undefined;
}

/** Up when the query returned a row. */
export function rowsToOutcome(rows: unknown): Outcome {
  return Array.isArray(rows) && rows.length > 0
    ? { status: 'up' }
    : { status: 'down', message: INVALID_RESPONSE };
}

interface BetterSqlite3 {
  pragma: unknown;
  prepare(sql: string): { all(): unknown[] };
}
interface SqlJs {
  getRowsModified: unknown;
  exec(sql: string): unknown[];
}
interface MongoClient {
  db(): { command(command: object): Promise<unknown> };
}
