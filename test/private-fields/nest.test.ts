import { Injectable, Scope } from '@nestjs/common';
import { LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { providersOf } from '../../lib/nest/providers.js';
import { until } from '../servers/index.js';
import { moduleOf } from '../support/app.js';
import { createGate } from '../support/gate.js';
import { probedApp } from '../support/probed-app.js';

@Injectable()
class Plain {}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {}

@Injectable()
class Dependent {
  constructor(readonly scoped: PerRequest) {}
}

// Nest tells it by `isResolved` of the static context and by `isDependencyTreeStatic()`.
describe('the state of a provider in Nest', () => {
  it('distinguishes created from scoped providers', async () => {
    const transient = { provide: 'TRANSIENT', scope: Scope.TRANSIENT, useFactory: () => ({}) };
    const providers = [Plain, PerRequest, Dependent, { provide: 'VALUE', useValue: 1 }, transient];
    const { app } = await probedApp({ providers });
    const states = new Map(
      [...providersOf(app.get(ModulesContainer).values(), true)].map(({ token, state }) => [
        token,
        state(),
      ]),
    );
    expect(states.get(Plain)).toBe('made');
    expect(states.get('VALUE')).toBe('made');
    expect(states.get(PerRequest)).toBe('scoped');
    expect(states.get(Dependent)).toBe('scoped');
    expect(states.get('TRANSIENT')).toBe('scoped');
  });

  it('shows that a provider is pending while a module is loaded lazily', async () => {
    const { app } = await probedApp({});
    const container = app.get(ModulesContainer);
    const gate = createGate();
    const slow = { provide: 'SLOW', useFactory: () => gate.opened };
    const stateOf = (token: unknown) =>
      [...providersOf(container.values())].find((provided) => provided.token === token)?.state();
    const loading = app.get(LazyModuleLoader).load(() => moduleOf({ providers: [slow, Plain] }));
    await until('the module is there', () => stateOf('SLOW') === 'pending');
    gate.open();
    await loading;
    expect([stateOf('SLOW'), stateOf(Plain)]).toEqual(['made', 'made']);
  });
});
