import { Child } from './child.js';

export interface Load {
  readonly port: number;
  readonly path: string;
  /** The number of clients. Each sends its next request when it has the response to the last. */
  readonly clients?: number;
  /** Or so many requests a second, whether or not the last ones have been answered. */
  readonly perSecond?: number;
  readonly forMs: number;
  /** No more than so many of each client. */
  readonly atMost?: number;
  /** A connection for each request, as Kubernetes does; otherwise they are kept alive. */
  readonly reconnect?: boolean;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Answers other than 200, and connections that failed. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Requests from a process of their own. */
export class Loader {
  private readonly child = Child.start(new URL('loader.js', import.meta.url));

  run(load: Load): Promise<LoadResult> {
    return this.child.call('run', load);
  }

  stop(): void {
    this.child.stop();
  }
}
