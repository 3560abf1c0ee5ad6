import type { InjectionToken } from '@nestjs/common';

/** Gives each resource a name once and for all; a taken name gets the next free suffix. */
export class Names {
  private readonly given = new WeakMap<object, string>();
  private readonly taken = new Set<string>();

  nameOf(resource: object, wanted: string): string {
    let name = this.given.get(resource);
    if (name === undefined) {
      name = this.free(wanted);
      this.given.set(resource, name);
      this.taken.add(name);
    }
    return name;
  }

  private free(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.taken.has(name); n++) name = `${wanted}#${n}`;
    return name;
  }
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
