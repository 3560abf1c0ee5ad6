import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pass, useFakeClock } from '../checks/fake-clock.js';
import { warnWithoutShutdownHooks } from '../../lib/lifecycle/shutdown-hooks-warning.js';
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

it('warns 10 s after the start when nothing listens to SIGTERM', async () => {
  warnWithoutShutdownHooks(() => true);
  await pass(9_999);
  expect(logger.ofHealthModule).toEqual([]);
  await pass(1);
  expect(logger.ofHealthModule).toEqual([
    'warn drainMs does nothing on SIGTERM: call app.enableShutdownHooks() in main.ts.',
  ]);
});

it('does not warn when a listener is added in time', async () => {
  warnWithoutShutdownHooks(() => true);
  await pass(5_000);
  process.on('SIGTERM', () => {});
  await pass(10_000);
  expect(logger.ofHealthModule).toEqual([]);
});

it('does not warn when the app has nothing to drain by then', async () => {
  let isNeeded = true;
  warnWithoutShutdownHooks(() => isNeeded);
  isNeeded = false;
  await pass(10_000);
  expect(logger.ofHealthModule).toEqual([]);
});
