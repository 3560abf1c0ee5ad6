import type { InjectionToken } from '@nestjs/common';
import type { DataSourceLike } from '../indicators/data-source/data-source-like.js';

/** Returns the name, or with the next free suffix where that is taken. */
export function freeName(wanted: string, taken: { has(name: string): boolean }): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}#${n}`;
  return name;
}

/** The text of a provider token: its string, its description, or the name of its class. */
export function tokenName(token: InjectionToken): string {
  if (typeof token === 'function') return token.name;
  if (typeof token === 'symbol') return token.description ?? 'anonymous';
  return String(token);
}

const SUFFIX = 'DataSource';

/**
 * `default` for TypeORM's own class, and a named one without the suffix that `@nestjs/typeorm` gives its
 * token. Not by the name of the class: a bundler calls it `DataSource2` or `OB`.
 */
export function dataSourceName(token: InjectionToken, { options }: DataSourceLike): string {
  if (typeof token === 'function') {
    if (options?.name !== undefined) return options.name;
    if (isTypeOrmClass(token)) return 'default';
  }
  const name = tokenName(token);
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) || 'default' : name;
}

/** A class that extends it inherits `initialize`. */
const isTypeOrmClass = ({ prototype }: { readonly prototype?: object }) =>
  prototype !== undefined && Object.hasOwn(prototype, 'initialize');
