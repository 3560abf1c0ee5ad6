import { nextTick } from '../../checks/clock.js';
import { startDeadline } from '../../checks/deadline.js';
import { destroySocket, HostLookup, type Pool } from './connection-pool.js';
import type { DataSourceLike } from './data-source-like.js';
import { replicaCount } from './servers.js';
import { clusterPoolsOf, failFast, watchConnect } from './typeorm-driver.js';

// A replica that takes longer is left to its pool, which connects again on use. The primary is connected
// after it, and needs the rest of the attempt.
const REPLICA_MS = 2_000;

/**
 * One attempt of a driver to connect. TypeORM hides the pool until its first connection is there, so
 * the attempt watches the driver create it: otherwise an attempt at a silent server could be neither
 * bounded nor ended.
 */
export class ConnectionAttempt {
  /** Whether the driver has connected. TypeORM sets up the schema next. */
  isConnected = false;
  private readonly driver: object;
  private readonly pools: Pool[] = [];
  private readonly lookups = new Map<unknown, HostLookup>();
  private readonly cleanUps: (() => void)[];
  private isCancelled = false;

  constructor(dataSource: DataSourceLike) {
    this.driver = dataSource.driver;
    const replicas = replicaCount(dataSource);
    const restoreDriver = watchConnect(this.driver, {
      onPool: (pool) => {
        // The drivers of PostgreSQL and CockroachDB create the pools of all replicas ahead of the primary's.
        if (this.pools.length < replicas) this.tolerateFailure(pool);
        this.watchPool(pool);
      },
      onConnected: () => (this.isConnected = true),
    });
    this.cleanUps = [restoreDriver];
  }

  /** Stops watching. */
  end(): void {
    for (const cleanUp of this.cleanUps) cleanUp();
  }

  /** Destroys the open sockets, which makes the attempt fail: during a lookup after it, unless by force. */
  cancel({ force = false } = {}): void {
    this.isCancelled = true;
    failFast(this.driver);
    for (const pool of this.allPools()) {
      for (const member of pool.members()) this.destroy(pool, member, force);
    }
  }

  /** Ends the pools of an attempt that failed: the next one creates others. */
  discard(): void {
    // A pool's end waits for members that are being opened: at a silent replica for ever.
    this.cancel();
    for (const pool of this.allPools()) pool.end();
  }

  private allPools(): Pool[] {
    return [...this.pools, ...clusterPoolsOf(this.driver)];
  }

  private destroy(pool: Pool, member: unknown, force = false): void {
    const { socket, address } = pool.inspect(member);
    const destroy = () => destroySocket(socket, `no connection to ${address}`);
    const lookup = this.lookups.get(member);
    if (force || !lookup) destroy();
    else lookup.whenOver(destroy);
  }

  private watchPool(pool: Pool): void {
    this.pools.push(pool);
    // The driver opens the first connection as soon as it has the pool.
    nextTick(() => {
      for (const member of pool.members()) {
        this.lookups.set(member, new HostLookup(pool.inspect(member).socket));
      }
    });
  }

  /** A replica that is down must not keep the DataSource from connecting. */
  private tolerateFailure(pool: Pool): void {
    pool.tolerateFirstFailure?.(() => !this.isCancelled);
    const giveUp = () => {
      for (const member of pool.members()) {
        if (pool.inspect(member).isOpening) this.destroy(pool, member);
      }
    };
    this.cleanUps.push(startDeadline(REPLICA_MS, giveUp));
  }
}
