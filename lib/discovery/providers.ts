import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** A provider's token and its value. */
export interface Provided {
  readonly token: InjectionToken;
  readonly value: unknown;
}

/**
 * Every value that is provided, once: Nest's own are in each module anew. Those that only name another
 * one (`useExisting`) come last.
 */
export function providersOf(modules: ModulesContainer): Provided[] {
  const own = new Map<unknown, Provided>();
  const aliases: Provided[] = [];
  for (const module of modules.values()) {
    for (const [token, wrapper] of module.providers) {
      const provided = { token, value: wrapper.instance };
      if (wrapper.isAlias) aliases.push(provided);
      else if (!own.has(provided.value)) own.set(provided.value, provided);
    }
  }
  return [...own.values(), ...aliases.filter(({ value }) => !own.has(value))];
}
