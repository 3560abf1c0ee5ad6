import { Logger } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pass, useFakeClock } from '../checks/fake-clock.js';
import { HealthModule } from '../../lib/index.js';
import { warnWithoutShutdownHooks } from '../../lib/lifecycle/shutdown-hooks-warning.js';
import { createWithFactory } from '../support/app.js';
import { RecordingLogger } from '../support/recording-logger.js';

useFakeClock();

let logger: RecordingLogger;
let before: NodeJS.SignalsListener[];
beforeEach(() => {
  logger = new RecordingLogger();
  Logger.overrideLogger(logger);
  before = process.listeners('SIGTERM') as NodeJS.SignalsListener[];
  process.removeAllListeners('SIGTERM');
});
afterEach(() => {
  Logger.overrideLogger(false);
  process.removeAllListeners('SIGTERM');
  for (const listener of before) process.on('SIGTERM', listener);
});

it('warnWithoutShutdownHooks() warns after 10 s when nothing listens to SIGTERM', async () => {
  warnWithoutShutdownHooks(() => true);
  await pass(9_999);
  expect(logger.ofHealthModule).toEqual([]);
  await pass(1);
  expect(logger.ofHealthModule).toEqual([
    'warn drainMs does nothing on SIGTERM: call app.enableShutdownHooks() in main.ts.',
  ]);
});

it('warnWithoutShutdownHooks() does not warn when a listener is added within 10 s', async () => {
  warnWithoutShutdownHooks(() => true);
  await pass(5_000);
  process.on('SIGTERM', () => {});
  await pass(10_000);
  expect(logger.ofHealthModule).toEqual([]);
});

const createApp = () =>
  createWithFactory(
    { imports: [HealthModule.forRoot({ drainMs: 1, memcached: false, dataSources: false })] },
    () => new ExpressAdapter(),
    { logger },
  );

const warnings = () => logger.ofHealthModule.filter((line) => line.startsWith('warn'));

describe('an app with drainMs, 10 s after start-up,', () => {
  it('logs a warning while it listens', async () => {
    const app = await createApp();
    await app.listen(0, '127.0.0.1');
    await pass(10_000);
    expect(warnings()).toEqual([expect.stringContaining('drainMs does nothing')]);
    const closed = app.close();
    await pass(1);
    await closed;
  });

  it('logs no warning when an e2e test has closed it', async () => {
    const app = await createApp();
    await app.listen(0, '127.0.0.1');
    const closed = app.close();
    await pass(1);
    await closed;
    await pass(10_000);
    expect(warnings()).toEqual([]);
  });

  it('logs no warning when it never listens', async () => {
    const app = await createApp();
    await app.init();
    await pass(10_000);
    expect(warnings()).toEqual([]);
    await app.close();
  });
});
