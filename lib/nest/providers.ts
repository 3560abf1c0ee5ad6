import { type InjectionToken, Scope } from '@nestjs/common';
// Not in Nest's index, and the only way to see whether a provider has been created.
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import type { Module } from '@nestjs/core/injector/module.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';

/**
 * Whether Nest has created a provider. Until then the value of a class is an empty object of its
 * prototype, and it stays one when the provider is scoped: per request, or per provider that injects it.
 */
export type ProviderState = 'pending' | 'made' | 'scoped';

/** A module as Nest's container has it. */
export type NestModule = Module;

/** A provider's token and its value. */
export interface Provided {
  readonly token: InjectionToken;
  readonly value: unknown;
  state(): ProviderState;
}

/**
 * Every provided value once, although Nest adds its own to each module. Those that only name another
 * one (`useExisting`) come last.
 *
 * @param settled whether Nest has created all that it will
 */
export function* providersOf(modules: Iterable<Module>, settled = false): Generator<Provided> {
  const aliases: Provided[] = [];
  const seen = new Set<unknown>();
  for (const module of modules) {
    for (const [token, wrapper] of module.providers) {
      const value: unknown = wrapper.instance;
      const provided = { token, value, state: () => stateOf(wrapper, settled) };
      if (wrapper.isAlias) aliases.push(provided);
      else if (!seen.has(value)) yield provided;
      if (!wrapper.isAlias && typeof value === 'object' && value !== null) seen.add(value);
    }
  }
  for (const alias of aliases) {
    if (!seen.has(alias.value)) yield alias;
  }
}

function stateOf(wrapper: InstanceWrapper, settled: boolean): ProviderState {
  if (wrapper.scope === Scope.REQUEST || wrapper.scope === Scope.TRANSIENT) return 'scoped';
  // A provider that depends on a scoped one is not created either.
  if (!wrapper.getInstanceByContextId(STATIC_CONTEXT).isResolved) {
    return settled ? 'scoped' : 'pending';
  }
  // Not called sooner: Nest caches its result.
  return wrapper.isDependencyTreeStatic() ? 'made' : 'scoped';
}
