import { queueMicrotask } from '../../checks/clock.js';
import { startDeadline } from '../../checks/deadline.js';
import type { DataSourceLike } from './data-source-like.js';
import { replicasOf } from './nodes.js';
import { adaptPool, clusterPoolsOf, stopRetries } from './driver-pools.js';
import type { Pool } from './pool.js';
import { watchPoolCreation } from './pool-creation.js';
import { allowFirstFailure } from './postgres-pool.js';
import { destroySocket, HostLookup } from './sockets.js';

// A replica that takes longer is left out: its pool connects again on use. The primary is dialled after
// it, and needs the rest of the attempt.
const REPLICA_MS = 2_000;

/**
 * One attempt of a driver to connect. TypeORM does not expose the pool until its first connection is open,
 * so the pool is observed as the driver creates it: without it, an attempt at a silent server could not
 * be ended.
 */
export class ConnectionAttempt {
  /** Whether the driver has connected. TypeORM then sets up the schema. */
  isConnected = false;
  private readonly driver: object;
  private readonly replicas: number;
  private readonly pools: Pool[] = [];
  private readonly lookups = new Map<unknown, HostLookup>();
  private readonly cleanUps: (() => void)[] = [];
  private isCancelled = false;

  constructor({ driver, options }: DataSourceLike) {
    this.driver = driver;
    this.replicas = replicasOf(options);
    const restoreDriver = watchPoolCreation(driver, {
      onPool: (raw) => this.add(raw),
      onConnected: () => (this.isConnected = true),
    });
    this.cleanUps.push(restoreDriver);
  }

  /** Restores the driver. */
  end(): void {
    for (const cleanUp of this.cleanUps) cleanUp();
  }

  /** Destroys the connections of the attempt, which makes it fail; after a look-up under way, unless by force. */
  cancel({ force = false } = {}): void {
    this.isCancelled = true;
    stopRetries(this.driver);
    for (const pool of this.all()) {
      for (const member of pool.members()) this.destroy(pool, member, force);
    }
  }

  /** Ends the pools of an attempt that failed: the next one creates new ones. */
  discard(): void {
    // The end of a pool waits for members that are being opened, and those of a silent replica never are.
    this.cancel();
    for (const pool of this.all()) pool.end();
  }

  private all(): Pool[] {
    return [...this.pools, ...clusterPoolsOf(this.driver)];
  }

  private destroy(pool: Pool, member: unknown, force: boolean): void {
    const destroy = () =>
      destroySocket(pool.socketOf(member), `no connection to ${pool.addressOf(member)}`);
    const lookup = this.lookups.get(member);
    if (force || !lookup) destroy();
    else lookup.whenOver(destroy);
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
    const leaveOut = () => {
      for (const member of pool.members().filter(pool.isOpening)) this.destroy(pool, member, false);
    };
    this.cleanUps.push(startDeadline(REPLICA_MS, leaveOut));
  }
}
