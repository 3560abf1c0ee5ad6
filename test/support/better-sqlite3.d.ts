/** The part of better-sqlite3 that the tests and the benchmark use: it has no types. */
declare module 'better-sqlite3' {
  export default class Database {
    constructor(file: string);
    prepare(sql: string): { all(): unknown[] };
  }
}
