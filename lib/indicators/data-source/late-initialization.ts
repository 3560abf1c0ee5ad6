import type { DataSourceLike } from './data-source-like.js';

/** The public fields of an initialized DataSource that are read. */
interface InitializedDataSource {
  readonly driver: { readonly treeSupport?: boolean };
  readonly entityMetadatas: readonly { readonly target: unknown; readonly treeType?: string }[];
  getRepository(target: unknown): object;
  getTreeRepository(target: unknown): object;
}

// Nest documents `dataSource.subscribers.push(this)`.
const LISTS = ['subscribers', 'migrations'] as const;

/**
 * Keeps what providers push to the lists of a DataSource, at any time before it is initialized: each
 * `initialize()` replaces the lists, also one that fails at a migration. Returns a function that ends
 * this, and adds to the last lists what they lack.
 */
export function keepPushed(dataSource: DataSourceLike): () => void {
  const restores = LISTS.filter((name) => Array.isArray(dataSource[name])).map((name) => {
    let list = dataSource[name] as object[];
    let created: readonly object[] = [];
    let pushed: readonly object[] = [];
    const collect = () => {
      pushed = [...pushed, ...list.filter((each) => !created.includes(each))];
    };
    const set = (value: object[]) => {
      collect();
      list = value;
      created = [...value];
    };
    const shape = { configurable: true, enumerable: true };
    Object.defineProperty(dataSource, name, { ...shape, get: () => list, set });
    return () => {
      collect();
      for (const each of pushed) if (!list.includes(each)) list.push(each);
      Object.defineProperty(dataSource, name, { ...shape, value: list, writable: true });
    };
  });
  return () => {
    for (const restore of restores) restore();
  };
}

/**
 * Makes the repositories of tree entities tree repositories. `@nestjs/typeorm` decides which kind to
 * inject when it creates them, and takes the plain kind for as long as the entities are not known. It
 * injects the very object that `getRepository()` returns again.
 */
export function upgradeTreeRepositories(dataSource: DataSourceLike): void {
  const initialized = dataSource as unknown as InitializedDataSource;
  if (!initialized.driver.treeSupport) return;
  for (const { target, treeType } of initialized.entityMetadatas) {
    if (!treeType) continue;
    const prototype: unknown = Object.getPrototypeOf(initialized.getTreeRepository(target));
    Object.setPrototypeOf(initialized.getRepository(target), prototype as object);
  }
}
