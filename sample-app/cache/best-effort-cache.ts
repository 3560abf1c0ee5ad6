import { Inject, Injectable, Logger } from '@nestjs/common';
import type Memcached from 'memcached';
import { NOTES_CACHE } from './notes-cache.js';

const DEADLINE_MS = 1000;
// Longer than the client's `idle`: it closes a socket without responses in the meantime.
const PAUSE_MS = 3000;

type Callback<T> = (error: unknown, result: T) => void;

/** The cache as the rest of the app sees it: when memcached is down, nothing is ever found in it. */
@Injectable()
export class BestEffortCache {
  private readonly logger = new Logger(BestEffortCache.name);
  private failing = false;
  private pausedUntil = 0;

  constructor(@Inject(NOTES_CACHE) private readonly client: Memcached) {}

  get<T>(key: string): Promise<T | undefined> {
    return this.attempt<T | undefined>((done) => this.client.get(key, done));
  }

  async set(key: string, value: unknown, seconds: number): Promise<void> {
    await this.attempt<boolean>((done) => this.client.set(key, value, seconds, done));
  }

  async delete(key: string): Promise<void> {
    await this.attempt<boolean>((done) => this.client.del(key, done));
  }

  private async attempt<T>(send: (done: Callback<T>) => void): Promise<T | undefined> {
    if (Date.now() < this.pausedUntil) {
      return undefined;
    }
    try {
      const result = await withinDeadline(send);
      this.succeeded();
      return result;
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  private succeeded(): void {
    if (this.failing) {
      this.failing = false;
      this.logger.log('memcached answers again.');
    }
  }

  private failed(error: unknown): void {
    this.pausedUntil = Date.now() + PAUSE_MS;
    if (!this.failing) {
      this.failing = true;
      this.logger.warn(`memcached does not answer, going on without it: ${String(error)}`);
    }
  }
}

/** The client never calls back when the server stays silent. */
function withinDeadline<T>(send: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer in ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
    send((error, result) => {
      clearTimeout(timer);
      if (error) {
        reject(error);
      } else {
        resolve(result);
      }
    });
  });
}
