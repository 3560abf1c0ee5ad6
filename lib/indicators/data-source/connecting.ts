import { queueMicrotask } from '../../checks/clock.js';
import { kill, HostLookup, type Pool } from './pool.js';
import { adaptPool, clusterPoolsOf, failAtOnce, watchConnecting } from './driver.js';

/**
 * One attempt of a driver to connect. TypeORM keeps the pool to itself until its first connection
 * stands, so the pool is caught as the driver makes it: without it, an attempt at a silent server
 * could neither be bounded nor ended.
 */
export class Connecting {
  /** Whether the driver is through. What comes then sets up the schema. */
  connected = false;
  private readonly pools: Pool[] = [];
  private readonly lookups = new Map<unknown, HostLookup>();
  /** Gives the driver back as it was. */
  readonly end: () => void;

  constructor(private readonly driver: object) {
    this.end = watchConnecting(driver, {
      onPool: (raw) => this.add(raw),
      onConnected: () => (this.connected = true),
    });
  }

  /** Ends what the attempt has open, which makes it fail; a lookup under way only by force, else after it. */
  cancel({ force = false } = {}): void {
    failAtOnce(this.driver);
    for (const pool of this.all()) {
      for (const member of pool.members()) {
        const reason = `no connection to ${pool.addressOf(member)}`;
        const drop = () => kill(pool.socketOf(member), reason);
        const lookup = this.lookups.get(member);
        if (force || !lookup) drop();
        else lookup.whenOver(drop);
      }
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

  private add(raw: unknown): void {
    const pool = adaptPool(raw);
    if (!pool) return;
    this.pools.push(pool);
    // The driver opens the first connection as soon as it has the pool.
    queueMicrotask(() => {
      for (const member of pool.members()) {
        this.lookups.set(member, new HostLookup(pool.socketOf(member), pool.hostOf(member)));
      }
    });
  }
}
