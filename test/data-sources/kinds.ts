import type { FactoryProvider } from '@nestjs/common';
import BetterSqlite3 from 'better-sqlite3';
import {
  AbstractLogger,
  DataSource,
  type DataSourceOptions,
  type LogLevel,
  type LogMessage,
} from 'typeorm';
import { onTestFinished } from 'vitest';
import { startMariadb, startPostgres } from '../servers/index.js';

/** A database for the tests of a file, and how to connect to it. */
export interface Database {
  options(): DataSourceOptions;
  dispose(): Promise<void>;
}

const inMemory = (options: DataSourceOptions) => async (): Promise<Database> => ({
  options: () => options,
  dispose: async () => {},
});

const served =
  (start: typeof startPostgres | typeof startMariadb) => async (): Promise<Database> => {
    const server = await start();
    return {
      options: () => server.typeorm() as DataSourceOptions,
      dispose: () => server.dispose(),
    };
  };

/** With its driver: TypeORM would search the root's node_modules, and the package is in test/node_modules. */
export const BETTER_SQLITE3 = {
  type: 'better-sqlite3',
  driver: BetterSqlite3,
  database: ':memory:',
} as const;

/** Every kind of DataSource that runs for real in the tests. */
export const KINDS: [string, () => Promise<Database>][] = [
  ['sqljs', inMemory({ type: 'sqljs' })],
  ['better-sqlite3', inMemory(BETTER_SQLITE3)],
  ['postgres', served(startPostgres)],
  ['mariadb', served(startMariadb)],
];

/** A provider of a DataSource that is not connected yet; destroyed at the end of the test. */
export function provided(options: DataSourceOptions): FactoryProvider<DataSource> {
  return {
    provide: DataSource,
    useFactory: () => {
      const dataSource = new DataSource(options);
      onTestFinished(async () => {
        if (dataSource.isInitialized) await dataSource.destroy();
      });
      return dataSource;
    },
  };
}

/** A logger of the app's own, which is told of every query. */
export class QueryLog extends AbstractLogger {
  readonly lines: string[] = [];

  protected writeLog(_level: LogLevel, message: LogMessage | LogMessage[]): void {
    for (const each of [message].flat()) {
      this.lines.push(typeof each === 'object' ? String(each.message) : String(each));
    }
  }
}
