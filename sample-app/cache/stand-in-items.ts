interface Item {
  readonly flags: string;
  readonly value: Buffer;
  readonly expiresAt: number;
}

const THIRTY_DAYS_S = 30 * 24 * 60 * 60;

/** What the stand-in remembers: the oldest items go when `maxBytes` is reached. */
export class StandInItems {
  private readonly items = new Map<string, Item>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(key: string): Item | undefined {
    const item = this.items.get(key);
    if (item !== undefined && item.expiresAt <= Date.now()) {
      this.delete(key);
      return undefined;
    }
    return item;
  }

  set(key: string, flags: string, exptime: number, value: Buffer): void {
    this.delete(key);
    this.items.set(key, { flags, value, expiresAt: expiryTime(exptime) });
    this.bytes += sizeOf(key, value);
    for (const oldest of this.items.keys()) {
      if (this.bytes <= this.maxBytes) {
        break;
      }
      this.delete(oldest);
    }
  }

  delete(key: string): boolean {
    const item = this.items.get(key);
    if (item === undefined) {
      return false;
    }
    this.bytes -= sizeOf(key, item.value);
    this.items.delete(key);
    return item.expiresAt > Date.now();
  }
}

/** Memcached reads up to thirty days as "from now" and more as a date. */
function expiryTime(exptime: number): number {
  if (exptime === 0) {
    return Infinity;
  }
  if (exptime < 0) {
    return 0;
  }
  return exptime <= THIRTY_DAYS_S ? Date.now() + exptime * 1000 : exptime * 1000;
}

function sizeOf(key: string, value: Buffer): number {
  return key.length + value.length;
}
