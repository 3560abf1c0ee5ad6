import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Check, type CheckOptions } from '../checks/check.js';
import { jointMeasurement, measuredOutcome, type Outcome, worstOf } from '../checks/outcome.js';
import { CACHE, CHECK_FAILED, HAZARD, MEMCACHED_CLIENT, notAResource } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { Closing } from './closing.js';
import type { MemcachedServer } from '../options/memcached-client.adapter.js';
import { clientVerdict, type ServerFinding } from './memcached/client-verdict.js';
import { type KnownClient, knownClientsIn } from './memcached/known-client.js';
import { pingServer } from './memcached/ping.js';
import { type NamedResource, ResourceHealthIndicator } from './resource-health-indicator.js';
import { Resources } from './resources.js';
import { unansweredOutcome } from './unanswered.js';

/**
 * Asks every server of memcached clients for its version, each on a socket of its own: the client
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
export class MemcachedHealthIndicator extends ResourceHealthIndicator<KnownClient> {
  /** By dialect and the address that is dialled: clients that share a server share its check. */
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
   * @param options.client of a known package, or a Keyv, Cacheable or cache of `cache-manager` in front of some
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
    // Easily left out from JavaScript.
    const { client } = options ?? {};
    const { memcached } = this.options;
    const known = knownClientsIn(client, memcached ? memcached.adapters : []);
    if (!known.length) {
      throw new TypeError(notAResource('client', client, MEMCACHED_CLIENT));
    }
    return this.result(key, worstOf(await Promise.all(known.map((each) => this.outcomeOf(each)))));
  }

  /** @internal */
  protected override resources(): NamedResource<KnownClient>[] {
    return [...this.found.memcachedClients()].map(([name, resource]) => ({
      name,
      owner: name,
      resource,
    }));
  }

  /** @internal The client, since what is known of it is looked up anew each time. */
  protected override subjectOf({ client }: KnownClient): object {
    return client;
  }

  /** @internal */
  protected override async ask(known: KnownClient): Promise<Outcome> {
    try {
      const findings = await this.findings(known);
      const measured = jointMeasurement(findings.map(({ outcome }) => outcome));
      return { ...clientVerdict(findings), measured };
    } catch (cause) {
      // An adapter is the user's code.
      return { status: 'down', message: CHECK_FAILED, cause };
    }
  }

  /** @internal What the servers say, and what the client makes of them. */
  protected override current({ client, adapter }: KnownClient): readonly unknown[] {
    try {
      return adapter.servers(client).flatMap((server) => [
        // None for a server that is not asked.
        this.asked.get(keyOf(server))?.current,
        adapter.stateOf?.(client, server) ?? 'used',
      ]);
    } catch {
      return [undefined];
    }
  }

  /** @internal */
  protected override hazardsOf({ client, adapter }: KnownClient): readonly string[] {
    try {
      const tls = adapter.servers(client).filter((server) => server.tls);
      return [
        ...(adapter.hazards?.(client) ?? []),
        ...tls.map(({ address }) => HAZARD.tls(address)),
      ];
    } catch {
      return [];
    }
  }

  /** Of servers that no client has any more: an adapter may find others each time. */
  private forgetUnused(): void {
    const used = new Set(
      this.resources().flatMap(({ resource: { client, adapter } }) => {
        try {
          return adapter.servers(client).map(keyOf);
        } catch {
          return [];
        }
      }),
    );
    for (const [key, { current }] of this.asked) {
      if (!current && !used.has(key)) this.asked.delete(key);
    }
  }

  private findings({ client, adapter }: KnownClient): Promise<ServerFinding[]> {
    return Promise.all(
      adapter.servers(client).map(async (server) => ({
        server,
        outcome: await this.askServer(server),
        state: adapter.stateOf?.(client, server) ?? 'used',
      })),
    );
  }

  private askServer(server: MemcachedServer): Promise<Outcome> | Outcome {
    if (server.tls) {
      return { status: 'degraded', message: CACHE.tls };
    }
    const { address, dialect = 'text' } = server;
    const key = keyOf(server);
    let check = this.asked.get(key);
    if (!check) {
      this.forgetUnused();
      check = this.createCheck(({ signal }) => pingServer(address, dialect, signal));
      this.asked.set(key, check);
    }
    return check.ask();
  }

  private createCheck(run: CheckOptions<Outcome>['run']): Check<Outcome> {
    const { memcached, timeoutMs, freshMs } = this.options;
    return new Check({
      run,
      unanswered: unansweredOutcome(CACHE.unreachable),
      measured: measuredOutcome,
      timeoutMs: memcached ? memcached.timeoutMs : timeoutMs,
      freshMs,
      closing: this.closing.signal,
    });
  }
}

const keyOf = ({ address, dialect = 'text' }: MemcachedServer) => `${dialect} ${address}`;
