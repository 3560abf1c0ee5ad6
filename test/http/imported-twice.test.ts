import { Module } from '@nestjs/common';
import { HealthModule } from 'nestjs-healthz';
import { expect, it } from 'vitest';
import { ADAPTERS, createWithFactory } from '../support/app.js';

const [, createAdapter] = ADAPTERS[0]!;

it.each([
  ['with other options', HealthModule.forRoot({ timeoutMs: 500 })],
  ['with the same', HealthModule.forRoot()],
  ['without any', HealthModule],
])('HealthModule imported twice, %s, is refused: only one would be heard', async (_how, again) => {
  @Module({ imports: [again] })
  class FeatureModule {}
  await expect(
    createWithFactory({ imports: [HealthModule.forRoot(), FeatureModule] }, createAdapter),
  ).rejects.toThrow('HealthModule: it is imported 2 times; allowed: once, in the AppModule');
});
