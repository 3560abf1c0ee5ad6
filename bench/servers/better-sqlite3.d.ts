/** As much of better-sqlite3 as the benchmark uses: it has no types of its own. */
declare module 'better-sqlite3' {
  export default class Database {
    constructor(file: string);
    prepare(sql: string): { all(): unknown[] };
  }
}
