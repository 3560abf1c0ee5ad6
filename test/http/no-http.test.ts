import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { HealthModule, ProbeService } from 'nestjs-healthz';
import { expect, it, onTestFinished } from 'vitest';
import { moduleOf } from '../support/app.js';

it('ProbeService runs checks in an app without HTTP', async () => {
  const context = await NestFactory.createApplicationContext(
    moduleOf({ imports: [HealthModule.forRoot()] }),
    { abortOnError: false, logger: false },
  );
  onTestFinished(() => context.close());
  await expect(context.get(ProbeService).check('readiness')).resolves.toMatchObject({
    status: 'ok',
  });
});

it('ProbeService runs checks in a testing module without an app', async () => {
  const testing = await Test.createTestingModule({ imports: [HealthModule.forRoot()] }).compile();
  onTestFinished(() => testing.close());
  await testing.init();
  await expect(testing.get(ProbeService).check('startup')).resolves.toMatchObject({
    status: 'ok',
  });
});
