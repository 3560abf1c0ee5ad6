import { Logger } from '@nestjs/common';
import { LOG_CONTEXT } from './health.messages.js';

const logger = new Logger(LOG_CONTEXT);

/** Logs as HealthModule. A logger of the app that throws must not fail a probe, or end the process. */
export const log = {
  log: (message: string) => attempt(() => logger.log(message)),
  warn: (message: string) => attempt(() => logger.warn(message)),
  error: (message: string, stack?: string) => attempt(() => logger.error(message, stack)),
} as const;

function attempt(write: () => void): void {
  try {
    write();
  } catch {
    // There is nowhere else to write it.
  }
}
