import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createDataDir, type InitStep } from './data-dir.js';
import { ServerProcess } from './process.js';

/** The name of both the user and the database that tests use. */
export const APP = 'app';

/** How long {@link SqlServer.query} waits, as it may well be asked of a suspended server. */
export const QUERY_DEADLINE_MS = 2_000;

/** Settings on top of those for speed, by the server's own names for them. */
export interface SqlServerOptions {
  settings?: Record<string, string | number>;
}

/** What PostgreSQL and MariaDB have in common: a data directory, a password and SQL. */
export abstract class SqlServer<Type extends 'postgres' | 'mariadb'> extends ServerProcess {
  abstract readonly type: Type;
  /** Distinctive, so that a test can search for it where it must not appear. */
  abstract readonly password: string;
  protected readonly settings: Record<string, string | number>;

  constructor(port: number, { settings = {} }: SqlServerOptions) {
    super(port);
    this.settings = settings;
  }

  protected abstract initSteps(): InitStep[];

  override async start(): Promise<void> {
    if (!existsSync(this.dataDir)) await createDataDir(this.dataDir, this.initSteps());
    await super.start();
  }

  /** The query for {@link connections}, whose only column is `count`. */
  protected abstract readonly connectionsQuery: string;

  /**
   * Asks the server as its administrator, by the Unix socket: not among {@link connections}, and let
   * in even when these are as many as the server allows.
   */
  abstract query(sql: string): Promise<Record<string, unknown>[]>;

  /** The same with this process blocked until it is done, so that nothing else happens in it. */
  abstract querySync(sql: string): void;

  get url(): string {
    return `${this.type}://${APP}:${this.password}@127.0.0.1:${this.port}/${APP}`;
  }

  /** Plain options of a TypeORM DataSource. */
  typeorm() {
    return {
      type: this.type,
      host: '127.0.0.1',
      port: this.port,
      username: APP,
      password: this.password,
      database: APP,
    };
  }

  /** How many connections clients have at the moment. A closed one may be counted a little longer. */
  async connections(): Promise<number> {
    const [row] = await this.query(this.connectionsQuery);
    return Number(row?.['count']);
  }

  protected get dataDir(): string {
    return join(this.dir, 'data');
  }

  protected async answers(): Promise<boolean> {
    return this.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }
}
