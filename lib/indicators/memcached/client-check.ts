import type { Check } from '../../checks/check.js';
import { now } from '../../checks/clock.js';
import {
  combinedTimes,
  type Outcome,
  type SharedCheck,
  type TimedOutcome,
} from '../../checks/outcome.js';
import { CACHE, CHECK_FAILED } from '../../health.messages.js';
import type { MemcachedServer } from '../../options/memcached-client.adapter.js';
import { clientOutcome } from './client-outcome.js';
import type { AdaptedClient } from './adapted-client.js';

/** Pings every server of a client, and compares the results with the client's state. */
export class ClientCheck implements SharedCheck {
  override?: Outcome;
  hasServed = false;
  readonly failureMessage = CACHE.unreachable;

  constructor(
    private readonly known: AdaptedClient,
    private readonly freshMs: number,
    private readonly pingOf: (server: MemcachedServer) => Check,
  ) {}

  async run(): Promise<TimedOutcome> {
    const outcome = await this.ping();
    this.hasServed ||= outcome.status !== 'down';
    return outcome;
  }

  private async ping(): Promise<TimedOutcome> {
    if (this.override) return this.timed(this.override);
    const { client, adapter } = this.known;
    try {
      const results = await Promise.all(
        adapter.servers(client).map(async (server) => {
          const outcome = await this.pingServer(server);
          return { server, outcome, state: adapter.stateOf?.(client, server) ?? 'used' };
        }),
      );
      const outcome = clientOutcome(results);
      return results.length
        ? { ...outcome, ...combinedTimes(results.map((each) => each.outcome)) }
        : this.timed(outcome);
    } catch (cause) {
      // An adapter is user code.
      return this.timed({ status: 'down', message: CHECK_FAILED, cause });
    }
  }

  private async pingServer(server: MemcachedServer): Promise<TimedOutcome> {
    return server.tls
      ? this.timed({ status: 'degraded', message: CACHE.tls })
      : this.pingOf(server).run();
  }

  private timed(outcome: Outcome): TimedOutcome {
    const at = now();
    return { ...outcome, at, tookMs: 0, freshUntil: at + this.freshMs };
  }
}
