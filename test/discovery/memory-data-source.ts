import type { FactoryProvider, InjectionToken } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** The cheapest real database there is. */
export const MEMORY = { type: 'sqljs' } as const;

/** A DataSource nobody has connected: the probe says so, which tells it from the others. */
export const unconnected = () => new DataSource(MEMORY);

/** A provider with a connected DataSource. */
export const connectedAs = (provide: InjectionToken): FactoryProvider => ({
  provide,
  useFactory: () => new DataSource(MEMORY).initialize(),
});
