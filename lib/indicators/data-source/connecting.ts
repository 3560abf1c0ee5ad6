import { queueMicrotask } from '../../checks/clock.js';
import { startDeadline } from '../../checks/deadline.js';
import type { DataSourceLike } from './data-source-like.js';
import { replicasOf } from './nodes.js';
import { kill, HostLookup, type Pool } from './pool.js';
import { allowFirstFailure } from './postgres-pool.js';
import { adaptPool, clusterPoolsOf, failAtOnce, watchConnecting } from './driver.js';

// A replica that takes longer is left to its pool, which connects again on use. The primary is dialled
// after it, and needs the rest of the attempt.
const REPLICA_MS = 2_000;

/**
 * One attempt of a driver to connect. TypeORM keeps the pool to itself until its first connection
 * stands, so the pool is caught as the driver makes it: without it, an attempt at a silent server
 * could neither be bounded nor ended.
 */
export class Connecting {
  /** Whether the driver is through. What comes then sets up the schema. */
  connected = false;
  private readonly driver: object;
  private readonly replicas: number;
  private readonly pools: Pool[] = [];
  private readonly lookups = new Map<unknown, HostLookup>();
  private readonly cleanUps: (() => void)[] = [];
  private isCancelled = false;

  constructor({ driver, options }: DataSourceLike) {
    this.driver = driver;
    this.replicas = replicasOf(options);
    const restoreDriver = watchConnecting(driver, {
      onPool: (raw) => this.add(raw),
      onConnected: () => (this.connected = true),
    });
    this.cleanUps.push(restoreDriver);
  }

  /** Restores the driver. */
  end(): void {
    for (const cleanUp of this.cleanUps) cleanUp();
  }

  /** Ends what the attempt has open, which makes it fail; a lookup under way only by force, else after it. */
  cancel({ force = false } = {}): void {
    this.isCancelled = true;
    failAtOnce(this.driver);
    for (const pool of this.all()) {
      for (const member of pool.members()) this.drop(pool, member, force);
    }
  }

  /** Ends the pools of an attempt that failed: the next one makes new ones. */
  discard(): void {
    // An end waits for members that are still being opened, and those of a silent replica stay it.
    this.cancel();
    for (const pool of this.all()) pool.end();
  }

  private all(): Pool[] {
    const cluster = clusterPoolsOf(this.driver).map(adaptPool);
    return [...this.pools, ...cluster.filter((pool) => pool !== undefined)];
  }

  private drop(pool: Pool, member: unknown, force: boolean): void {
    const destroySocket = () =>
      kill(pool.socketOf(member), `no connection to ${pool.addressOf(member)}`);
    const lookup = this.lookups.get(member);
    if (force || !lookup) destroySocket();
    else lookup.whenOver(destroySocket);
  }

  private add(raw: unknown): void {
    const pool = adaptPool(raw);
    if (!pool) return;
    // The drivers of PostgreSQL and CockroachDB create the pools of all replicas ahead of the primary's.
    if (this.pools.length < this.replicas) this.allowFailure(raw, pool);
    this.pools.push(pool);
    // The driver opens the first connection as soon as it has the pool.
    queueMicrotask(() => {
      for (const member of pool.members()) {
        this.lookups.set(member, new HostLookup(pool.socketOf(member), pool.hostOf(member)));
      }
    });
  }

  /** A replica that is down must not keep the DataSource from connecting. */
  private allowFailure(raw: unknown, pool: Pool): void {
    allowFirstFailure(raw, () => !this.isCancelled);
    const giveUp = () => {
      for (const member of pool.members().filter(pool.isOpening)) this.drop(pool, member, false);
    };
    this.cleanUps.push(startDeadline(REPLICA_MS, giveUp));
  }
}
