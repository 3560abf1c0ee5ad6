import type { INestApplicationContext } from '@nestjs/common';
import type { Outcome, ProbeCheck } from '../checks/outcome.js';
import { TESTING } from '../health.messages.js';
import type { Probe } from '../options/probe.options.js';
import { ProbeService } from '../index.js';

// Not imported from the options: that would load every file of theirs a second time.
const PROBES: readonly Probe[] = ['liveness', 'readiness', 'startup'];

/**
 * Overrides the outcome of a check in your tests: how does the app behave while its database is down? The
 * probes over HTTP, `ProbeService` and the indicators all report it: the status, the sentence, the line in
 * the log, and `degraded` for an optional check.
 *
 * Its methods take the name of a check, such as `'db.default'`, `'cache.SESSIONS'` or that of a
 * `@ProbeIndicator()`. They throw an {@link Error} with the existing names when there is no such check.
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
  private readonly releases: (() => void)[] = [];

  private constructor(private readonly service: ProbeService) {}

  /**
   * @param app an app with `HealthModule`, or its testing module. Other apps are not affected.
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
   * Makes a check down, with the sentence of a resource that cannot be reached.
   *
   * @publicApi
   */
  down(name: string): this {
    return this.override(name, (check) => ({
      status: 'down',
      message: check.check.failureMessage,
      cause: TESTING.forced,
    }));
  }

  /**
   * Makes a heartbeat down, as one that was missed.
   *
   * @throws {Error} when the check is no heartbeat
   *
   * @publicApi
   */
  missBeat(name: string): this {
    const isHeartbeat = this.checksNamed(name).every(({ check }) => check.isHeartbeat);
    if (!isHeartbeat) throw new Error(TESTING.noHeartbeat(name));
    return this.down(name);
  }

  /**
   * Takes the app out of readiness, as `ProbeService.hold()`, until {@link restore}.
   *
   * @publicApi
   */
  hold(reason: string): this {
    this.releases.push(this.service.hold(reason));
    return this;
  }

  /**
   * Makes a check up, also one that cannot run in the test.
   *
   * @publicApi
   */
  up(name: string): this {
    return this.override(name, () => ({ status: 'up' }));
  }

  /**
   * Removes the override: the check runs again. Without a name it releases the holds of this object too.
   *
   * @param name all checks by default
   *
   * @publicApi
   */
  restore(name?: string): this {
    const checks = name === undefined ? this.checks() : this.checksNamed(name);
    for (const { check } of checks) delete check.override;
    if (name === undefined) for (const release of this.releases.splice(0)) release();
    this.service.clearCache();
    return this;
  }

  private override(name: string, outcomeOf: (check: ProbeCheck) => Outcome): this {
    for (const each of this.checksNamed(name)) each.check.override = outcomeOf(each);
    this.service.clearCache();
    return this;
  }

  private checksNamed(name: string): ProbeCheck[] {
    const found = PROBES.flatMap((probe) => this.service.runners[probe].named(name));
    if (!found.length) {
      const names = this.checks().map((check) => check.name);
      throw new Error(TESTING.unknownName(name, [...new Set(names)]));
    }
    return found;
  }

  private checks(): ProbeCheck[] {
    return PROBES.flatMap((probe) => this.service.checks.of(probe));
  }
}
