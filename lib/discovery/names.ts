import type { InjectionToken } from '@nestjs/common';

/** A resource, and what it would be called if it were the only one of that name. */
export interface Wanting<R extends object> {
  readonly resource: R;
  readonly wanted: string;
}

/** Gives each resource a name it keeps for as long as it is there; a taken one gets the next free suffix. */
export class Names<R extends object> {
  private given = new Map<R, string>();

  /** The names of all there are now. The name of one that is gone is free again, for its successor. */
  assign(all: readonly Wanting<R>[]): ReadonlyMap<string, R> {
    const named = new Map<string, R>();
    const names = new Map<R, string>();
    const give = (resource: R, name: string) => {
      named.set(name, resource);
      names.set(resource, name);
    };
    for (const { resource } of all) {
      const name = this.given.get(resource);
      if (name !== undefined) give(resource, name);
    }
    for (const { resource, wanted } of all) {
      if (!names.has(resource)) give(resource, freeName(wanted, named));
    }
    this.given = names;
    return named;
  }
}

/** The name, or with the next free suffix where that is taken. */
export function freeName(wanted: string, taken: { has(name: string): boolean }): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}#${n}`;
  return name;
}

/** What a provider token says: its string, its description, or the name of its class. */
export function tokenName(token: InjectionToken): string {
  if (typeof token === 'function') return token.name;
  if (typeof token === 'symbol') return token.description ?? 'anonymous';
  return String(token);
}

const SUFFIX = 'DataSource';

/** `default` for the class, and without the suffix that `@nestjs/typeorm` gives a named one's token. */
export function dataSourceName(token: InjectionToken): string {
  const name = tokenName(token);
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) || 'default' : name;
}
