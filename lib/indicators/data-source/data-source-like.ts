/**
 * What is used of a TypeORM `DataSource`. A shape, not the class, so that an app without typeorm, or
 * with two copies of it, works.
 *
 * @publicApi
 */
export interface DataSourceLike {
  readonly isInitialized: boolean;
  readonly driver: object;
  readonly options?: {
    readonly type?: string;
    readonly name?: string;
    readonly replication?: { readonly slaves?: readonly unknown[] };
  };
  readonly subscribers?: object[];
  readonly migrations?: object[];
  initialize(): Promise<unknown>;
  destroy(): Promise<unknown>;
  query(sql: string): Promise<unknown>;
}

/**
 * TypeORM marks every DataSource with an own field. It matches across two copies of typeorm, where
 * `instanceof` does not, and it does not match Nest's prototype-only placeholder of a request-scoped
 * provider, where `instanceof` does.
 */
export function isDataSource(value: unknown): value is DataSourceLike {
  try {
    const mark = Object.getOwnPropertyDescriptor(value, '@instanceof');
    return mark?.value === Symbol.for('DataSource');
  } catch {
    // Nothing to look into, or a proxy that throws at a look.
    return false;
  }
}
