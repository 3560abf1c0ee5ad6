import type { InjectionToken } from '@nestjs/common';

/** A resource, and what it would be called if it were the only one of that name. */
export interface Wanting<R> {
  /** The same object as long as it is the same resource. */
  readonly identity: object;
  readonly resource: R;
  readonly wanted: string;
}

/** Gives each resource a name it keeps for as long as it is there; a taken one gets the next free suffix. */
export class Names<R> {
  private given: ReadonlyMap<object, string> = new Map();

  /** The names of all there are now. The name of one that is gone is free again, for its successor. */
  assign(all: readonly Wanting<R>[]): ReadonlyMap<string, R> {
    const resources = new Map<string, R>();
    const given = new Map<object, string>();
    const give = ({ identity, resource }: Wanting<R>, name: string) => {
      resources.set(name, resource);
      given.set(identity, name);
    };
    for (const each of all) {
      const name = this.given.get(each.identity);
      if (name !== undefined) give(each, name);
    }
    for (const each of all) {
      if (!given.has(each.identity)) give(each, freeName(each.wanted, resources));
    }
    this.given = given;
    return resources;
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
