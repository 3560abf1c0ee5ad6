import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Check } from '../checks/check.js';
import { type ProbeCheck, worstOf } from '../checks/outcome.js';
import {
  CACHE,
  CONFIGURATION_WARNING,
  MEMCACHED_CLIENT,
  notAResource,
} from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import type { MemcachedServer } from '../options/memcached-client.adapter.js';
import { ClientCheck } from './memcached/client-check.js';
import { type AdaptedClient, adaptedClientsIn } from './memcached/adapted-client.js';
import { pingServer } from './memcached/ping.js';
import { ResourceHealthIndicator } from './resource-health-indicator.js';
import { type FoundResource, Resources } from './resources.js';

/**
 * Pings every server of memcached clients, each on a separate socket: the client is never called and
 * never changed. A client is up when all its servers are.
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
export class MemcachedHealthIndicator extends ResourceHealthIndicator<AdaptedClient> {
  /** By protocol and dialled address: clients that share a server share its ping. */
  private readonly pings = new Map<string, Check>();
  private readonly checksByClient = new WeakMap<object, ClientCheck>();

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) options: ResolvedOptions,
    @Inject(HealthIndicatorService) terminus: HealthIndicatorService,
    @Inject(Resources) private readonly found: Resources,
    @Inject(AppLifecycle) private readonly lifecycle: AppLifecycle,
  ) {
    super('cache', 'memcached', options, terminus, lifecycle);
  }

  /**
   * Pings every server of one client and reports the client as `key`. The results and the deadline are
   * those of the probes.
   *
   * @param options.client of a known package, or a Keyv, Cacheable or cache of `cache-manager` in front of one
   * @throws {TypeError} when `client` is none of these
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
    // JavaScript may omit it.
    const { client } = options ?? {};
    const { memcached } = this.options;
    const known = adaptedClientsIn(client, memcached ? memcached.adapters : []);
    if (!known.length) {
      throw new TypeError(notAResource('client', client, MEMCACHED_CLIENT));
    }
    return this.result(
      key,
      worstOf(await Promise.all(known.map((each) => this.checkOf(each).run()))),
    );
  }

  /** @internal */
  protected override resources(): ReadonlyMap<string, FoundResource<AdaptedClient>> {
    return this.found.snapshot().memcachedClients;
  }

  /** @internal */
  protected override toChecks(name: string, known: AdaptedClient): ProbeCheck[] {
    const { timeoutMs } = this;
    return [{ name, owner: name, optional: false, timeoutMs, check: this.checkOf(known) }];
  }

  /** @internal */
  protected override warningsOf({ client, adapter }: AdaptedClient): readonly string[] {
    try {
      const tls = adapter.servers(client).filter((server) => server.tls);
      return [
        ...(adapter.warnings?.(client) ?? []),
        ...tls.map(({ address }) => CONFIGURATION_WARNING.tls(address)),
      ];
    } catch {
      return [];
    }
  }

  /** The same check for the same client, each time. */
  private checkOf(known: AdaptedClient): ClientCheck {
    let check = this.checksByClient.get(known.client);
    if (!check) {
      check = new ClientCheck(known, this.options.freshMs, (server) => this.pingOf(server));
      this.checksByClient.set(known.client, check);
    }
    return check;
  }

  private pingOf(server: MemcachedServer): Check {
    const { address, protocol = 'text' } = server;
    const key = keyOf(server);
    let check = this.pings.get(key);
    if (!check) {
      const [oldest] = this.pings.keys();
      if (oldest !== undefined && this.pings.size >= MAX_PINGS) this.pings.delete(oldest);
      check = new Check({
        run: ({ signal }) => pingServer(address, protocol, signal),
        failureMessage: CACHE.unreachable,
        timeoutMs: this.timeoutMs,
        freshMs: this.options.freshMs,
        shutdown: this.lifecycle.shutdown,
      });
      this.pings.set(key, check);
    }
    return check;
  }
}

// An adapter may return other servers each time.
const MAX_PINGS = 1_000;

const keyOf = ({ address, protocol = 'text' }: MemcachedServer) => `${protocol} ${address}`;
