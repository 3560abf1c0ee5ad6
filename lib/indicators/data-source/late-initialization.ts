import type { DataSourceLike } from './data-source-like.js';

/** The fields of an initialized DataSource, public in TypeORM. */
interface InitializedDataSource {
  readonly driver: { readonly treeSupport?: boolean };
  readonly entityMetadatas: readonly { readonly target: unknown; readonly treeType?: string }[];
  getRepository(target: unknown): object;
  getTreeRepository(target: unknown): object;
}

/**
 * Keeps what providers push to the lists of a DataSource (Nest documents
 * `dataSource.subscribers.push(this)`) at any time before it is initialized: each `initialize()`
 * replaces the lists, also one that fails at a migration. Returns a function that ends this, and adds
 * to the last lists what they lack.
 */
export function keepPushed(dataSource: DataSourceLike): () => void {
  const restores = (['subscribers', 'migrations'] as const)
    .filter((name) => Array.isArray(dataSource[name]))
    .map((name) => keepPushedTo(dataSource, name));
  return () => {
    for (const restore of restores) restore();
  };
}

function keepPushedTo(dataSource: DataSourceLike, name: 'subscribers' | 'migrations'): () => void {
  let list = dataSource[name] as object[];
  let created: readonly object[] = [];
  const pushed: object[] = [];
  const collect = () => void pushed.push(...list.filter((each) => !created.includes(each)));
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
}

/**
 * Turns the repositories of tree entities into tree repositories. `@nestjs/typeorm` injects plain ones
 * while the entities are unknown: the very objects that `getRepository()` returns later.
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
