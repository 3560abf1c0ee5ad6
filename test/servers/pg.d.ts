/** The little that the tests use of `pg`, which comes without types. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';

  export class Client extends EventEmitter {
    constructor(options: {
      host: string;
      port: number;
      user: string;
      database: string;
      connectionTimeoutMillis: number;
      query_timeout: number;
    });
    connect(): Promise<void>;
    query(sql: string): Promise<{ rows: Record<string, unknown>[] }>;
    end(): Promise<void>;
  }
}
