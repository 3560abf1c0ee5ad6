/** The fields of a TypeORM driver that are read. All but those of its public `Driver` interface are private. */
export interface DriverFields {
  /** Of the `Driver` interface: the table that a constant is selected from, such as `DUAL`. */
  dummyTableName?: string;
  /** Of the `Driver` interface. */
  connect?: () => Promise<void>;
  /** The pool of pg, and those of the replicas under replication. */
  master?: unknown;
  slaves?: unknown[];
  /** The pool of mysql2, without replication. */
  pool?: unknown;
  /** The pools of mysql2 under replication: `MASTER`, `SLAVE0`, … */
  poolCluster?: unknown;
  /** The package that creates the pools. */
  postgres?: { Pool?: new (options: unknown) => object };
  mysql?: { createPool?: (options: object) => unknown };
  /** The one connection of better-sqlite3 or sql.js. */
  databaseConnection?: unknown;
  /** MongoDB's runner, which holds its client. */
  queryRunner?: { databaseConnection?: unknown };
}
