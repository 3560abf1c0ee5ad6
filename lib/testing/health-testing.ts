import type { INestApplicationContext } from '@nestjs/common';
import type { Outcome, ProbeCheck } from '../checks/outcome.js';
import { CACHE, CHECK_FAILED, DATABASE, TESTING } from '../health.messages.js';
import type { Probe } from '../options/probe.options.js';
import { ProbeService } from '../index.js';

// Of its own, since those of the options would take all that is with them into another file to load.
const PROBES: readonly Probe[] = ['liveness', 'readiness', 'startup'];

/**
 * Says in a test of yours what a check finds, in place of asking: how does the app behave while its
 * database is down? Whoever asks gets the same, the probes over HTTP, `ProbeService` and the
 * indicators: the status, the sentence, the line in the log, and `degraded` for what is optional.
 *
 * It takes a name as the probes report it, such as `'db.default'`, `'cache.SESSIONS'` or that of a
 * `@ProbeIndicator()`. All of its methods throw an {@link Error} with the names there are when there
 * is no such check.
 *
 * @example
 * ```ts
 * import { HealthTesting } from 'nestjs-healthz/testing';
 *
 * const health = HealthTesting.of(app);
 * afterEach(() => health.restore());
 *
 * it('takes no orders without its database', async () => {
 *   health.down('db.default');
 *   await request(app.getHttpServer()).get('/readiness').expect(503);
 * });
 * ```
 *
 * @publicApi
 */
export class HealthTesting {
  private constructor(private readonly service: ProbeService) {}

  /**
   * @param app an app with `HealthModule`, or the testing module it is made from. Others are left alone.
   * @throws {Error} when there is no `HealthModule` in it
   *
   * @publicApi
   */
  static of(app: INestApplicationContext): HealthTesting {
    try {
      return new HealthTesting(app.get(ProbeService, { strict: false }));
    } catch (cause) {
      throw new Error(TESTING.noModule, { cause });
    }
  }

  /**
   * Down from now on, with the sentence of a resource that cannot be reached.
   *
   * @publicApi
   */
  down(name: string): this {
    return this.override(name, (check) => ({
      status: 'down',
      message: sentenceOf(check),
      cause: TESTING.forced,
    }));
  }

  /**
   * Up from now on, whether or not there is anything to ask.
   *
   * @publicApi
   */
  up(name: string): this {
    return this.override(name, () => ({ status: 'up' }));
  }

  /**
   * Asks again in earnest, a result that is still fresh aside.
   *
   * @param name everything without one
   *
   * @publicApi
   */
  restore(name?: string): this {
    const checks = name === undefined ? this.checks() : this.checksNamed(name);
    for (const { check } of checks) delete check.override;
    this.service.clearCache();
    return this;
  }

  private override(name: string, outcomeOf: (check: ProbeCheck) => Outcome): this {
    for (const each of this.checksNamed(name)) each.check.override = outcomeOf(each);
    this.service.clearCache();
    return this;
  }

  private checksNamed(name: string): ProbeCheck[] {
    const found = PROBES.flatMap((probe) => this.service.checksNamed(probe, name));
    if (!found.length) {
      const names = this.checks().map((check) => check.name);
      throw new Error(TESTING.unknownName(name, [...new Set(names)]));
    }
    return found;
  }

  private checks(): ProbeCheck[] {
    return PROBES.flatMap((probe) => this.service.checksOf(probe));
  }
}

function sentenceOf({ name }: ProbeCheck): string {
  if (name.startsWith('db.')) return DATABASE.unreachable;
  return name.startsWith('cache.') ? CACHE.unreachable : CHECK_FAILED;
}
