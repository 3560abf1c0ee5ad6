import { type InjectionToken, Scope } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
// Not in Nest's index, and the only way to see whether a provider has been made.
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';

/**
 * Whether Nest has made a provider. Until then the value of a class is an empty object of its
 * prototype, and for ever when it is scoped: made anew for each request, or for each that injects it.
 */
export type ProviderState = 'pending' | 'made' | 'scoped';

/** A provider's token and its value. */
export interface Provided {
  readonly token: InjectionToken;
  readonly value: unknown;
  state(): ProviderState;
}

/**
 * Every value that is provided, once: Nest's own are in each module anew. Those that only name another
 * one (`useExisting`) come last.
 *
 * @param settled whether Nest is through with making them
 */
export function providersOf(modules: ModulesContainer, settled = false): Provided[] {
  const own: Provided[] = [];
  const aliases: Provided[] = [];
  const seen = new Set<unknown>();
  for (const module of modules.values()) {
    for (const [token, wrapper] of module.providers) {
      const value: unknown = wrapper.instance;
      const provided = { token, value, state: () => stateOf(wrapper, settled) };
      if (wrapper.isAlias) aliases.push(provided);
      else if (!seen.has(value)) own.push(provided);
      if (!wrapper.isAlias && typeof value === 'object' && value !== null) seen.add(value);
    }
  }
  return [...own, ...aliases.filter(({ value }) => !seen.has(value))];
}

function stateOf(wrapper: InstanceWrapper, settled: boolean): ProviderState {
  if (wrapper.scope === Scope.REQUEST || wrapper.scope === Scope.TRANSIENT) return 'scoped';
  // What depends on something scoped is not made either.
  if (!wrapper.getInstanceByContextId(STATIC_CONTEXT).isResolved) {
    return settled ? 'scoped' : 'pending';
  }
  // Not to be asked sooner: Nest remembers the answer it gives.
  return wrapper.isDependencyTreeStatic() ? 'made' : 'scoped';
}
