import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** A provider's token and its value. */
export interface Provided {
  readonly token: InjectionToken;
  readonly value: unknown;
}

/** Every provider of every module, those that only name another one (`useExisting`) last. */
export function providersOf(modules: ModulesContainer): Provided[] {
  const own: Provided[] = [];
  const aliases: Provided[] = [];
  for (const module of modules.values()) {
    for (const [token, wrapper] of module.providers) {
      (wrapper.isAlias ? aliases : own).push({ token, value: wrapper.instance });
    }
  }
  return [...own, ...aliases];
}
