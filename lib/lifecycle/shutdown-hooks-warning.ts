import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { setTimeout } from '../checks/clock.js';
import { log } from '../health.logger.js';
import { LOG } from '../health.messages.js';

// main.ts may call enableShutdownHooks() or add a listener after the app has started.
const DELAY_MS = 10_000;

/**
 * Warns when SIGTERM would end the process at once, so that `drainMs` would do nothing.
 *
 * @param hasClients whether there is something to drain by then: an e2e test has closed its app, or never listens
 */
export function warnWithoutShutdownHooks(hasClients: () => boolean): void {
  // Signals reach the main thread of the primary process.
  if (!isMainThread || cluster.isWorker) return;
  setTimeout(() => {
    if (hasClients() && !process.listenerCount('SIGTERM')) {
      log.warn(LOG.noShutdownHooks);
    }
  }, DELAY_MS).unref();
}
