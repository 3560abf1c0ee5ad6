import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Check } from '../checks/check.js';
import { jointMeasurement, measuredOutcome, type Outcome } from '../checks/report.js';
import { CACHE, HAZARD, notAResource } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { Closing } from './closing.js';
import { clientVerdict } from './memcached/client-verdict.js';
import {
  isMemcachedClient,
  type MemcachedClientLike,
  serversOf,
  stateOf,
} from './memcached/memcached-client.js';
import { pingServer } from './memcached/ping.js';
import { type NamedResource, ResourceHealthIndicator } from './resource-health-indicator.js';
import { Resources } from './resources.js';
import { unansweredOutcome } from './unanswered.js';

const LONG_RECONNECT_MS = 3_600_000;

/**
 * Asks every server of `memcached` clients for its version, each on a socket of its own: the client
 * is never called and never changed. A client is up when all its servers are.
 *
 * Injectable wherever {@link HealthModule} is imported, for a Terminus controller of your own:
 *
 * @example
 * ```ts
 * @Get() @HealthCheck()
 * check() {
 *   return this.health.check([() => this.memcached.pingAll()]);
 * }
 * ```
 *
 * @publicApi
 */
@Injectable()
export class MemcachedHealthIndicator extends ResourceHealthIndicator<MemcachedClientLike> {
  /** By the address that is dialled: clients that share a server share its check. */
  private readonly asked = new Map<string, Check<Outcome>>();

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) options: ResolvedOptions,
    @Inject(HealthIndicatorService) terminus: HealthIndicatorService,
    @Inject(Resources) private readonly found: Resources,
    @Inject(Closing) private readonly closing: Closing,
  ) {
    super('cache', 'memcached', options, terminus);
  }

  /**
   * Asks every server of one client and reports the client as `key`. Shares the results and the
   * deadline the probes have for them.
   *
   * @throws {TypeError} when `client` is not a client of the `memcached` package
   * @example
   * ```ts
   * () => this.memcached.pingCheck('sessions', { client })
   * ```
   *
   * @publicApi
   */
  async pingCheck<Key extends string>(
    key: Key,
    options: { client: object },
  ): Promise<HealthIndicatorResult<Key>> {
    // Easily left out from JavaScript.
    const { client } = options ?? {};
    if (!isMemcachedClient(client)) {
      throw new TypeError(notAResource('client', client, "a client of the 'memcached' package"));
    }
    return this.result(key, await this.ask(client));
  }

  protected override resources(): NamedResource<MemcachedClientLike>[] {
    return [...this.found.memcachedClients()].map(([name, resource]) => ({
      name,
      owner: name,
      resource,
    }));
  }

  protected override async ask(client: MemcachedClientLike): Promise<Outcome> {
    const findings = await Promise.all(
      serversOf(client).map(async (address) => ({
        address,
        outcome: await this.serverCheck(address).ask(),
        state: stateOf(client, address),
      })),
    );
    const measured = jointMeasurement(findings.map(({ outcome }) => outcome));
    return { ...clientVerdict(findings), measured };
  }

  protected override hazardsOf({ reconnect = 0 }: MemcachedClientLike): readonly string[] {
    return reconnect >= LONG_RECONNECT_MS ? [HAZARD.longReconnect(reconnect)] : [];
  }

  private serverCheck(address: string): Check<Outcome> {
    let check = this.asked.get(address);
    if (!check) {
      check = this.createCheck(address);
      this.asked.set(address, check);
    }
    return check;
  }

  private createCheck(address: string): Check<Outcome> {
    const { memcached, timeoutMs, freshMs } = this.options;
    return new Check({
      run: (signal) => pingServer(address, signal),
      unanswered: unansweredOutcome(CACHE.unreachable),
      measured: measuredOutcome,
      timeoutMs: memcached ? memcached.timeoutMs : timeoutMs,
      freshMs,
      closing: this.closing.signal,
    });
  }
}
