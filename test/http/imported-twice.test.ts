import { Module } from '@nestjs/common';
import { HealthModule, HealthOptionsError } from 'nestjs-healthz';
import { expect, it } from 'vitest';
import { ADAPTERS, createWithFactory } from '../support/app.js';

const [, createAdapter] = ADAPTERS[0]!;

it.each([
  ['with other options', HealthModule.forRoot({ timeoutMs: 500 })],
  ['with the same options', HealthModule.forRoot()],
  ['without options', HealthModule],
])('HealthModule imported twice, %s, throws: only one would take effect', async (_how, again) => {
  @Module({ imports: [again] })
  class FeatureModule {}
  const imports = [HealthModule.forRoot(), FeatureModule];
  const error = await createWithFactory({ imports }, createAdapter).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(HealthOptionsError);
  expect((error as HealthOptionsError).message).toContain(
    'HealthModule: it is imported 2 times; allowed: once, in the AppModule',
  );
});
