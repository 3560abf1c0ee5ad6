import { Child, type Runtime } from './child.js';
import type { Load, LoadResult, Loader } from './load.js';

/** What a server under test has used since it started, by its own account. */
export interface Usage {
  readonly cpuUs: number;
  readonly activeMs: number;
  readonly heapBytes: number;
  readonly collections: number;
  readonly rssBytes: number;
  readonly handles: number;
}

export interface Measured extends LoadResult {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly activeUs: number;
  /** Not a number when the garbage collector ran, since it is derived from the growth of the heap. */
  readonly bytes: number;
}

/** A server under test, in a separate process. */
export class TestServer {
  private constructor(
    private readonly child: Child,
    readonly port: number,
  ) {}

  /** @param name of an app in bench/servers/`file`.ts, which is given `settings` */
  static async start(
    file: string,
    name: string,
    settings: object = {},
    runtime: Runtime = {},
  ): Promise<TestServer> {
    const args = [file, name, JSON.stringify(settings)];
    const child = Child.start(new URL('serve.js', import.meta.url), args, runtime);
    return new TestServer(child, await child.call<number>('port'));
  }

  usage(): Promise<Usage> {
    return this.child.call('usage');
  }

  /** Whatever else the app of this server answers. */
  call<T>(name: string, argument?: unknown): Promise<T> {
    return this.child.call(name, argument);
  }

  /** Microseconds of a call that its app offers as `timed`. */
  timeOf(name: string, forMs: number): Promise<number> {
    return this.child.call('time', { name, forMs });
  }

  /** Puts load on it; what it used is per request. */
  async under(loader: Loader, load: Omit<Load, 'port'>): Promise<Measured> {
    const before = await this.usage();
    const result = await loader.run({ port: this.port, ...load });
    const after = await this.usage();
    const { requests, seconds, failures } = result;
    if (failures > 0) throw new Error(`${failures} of ${requests + failures} requests failed`);
    const each = (key: keyof Usage) => (after[key] - before[key]) / requests;
    return {
      ...result,
      perSecond: requests / seconds,
      cpuUs: each('cpuUs'),
      activeUs: each('activeMs') * 1000,
      bytes: after.collections === before.collections ? each('heapBytes') : Number.NaN,
    };
  }

  stop(): void {
    this.child.stop();
  }

  end(): Promise<void> {
    return this.child.end();
  }
}
