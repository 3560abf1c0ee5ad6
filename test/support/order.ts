import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests without a server or an app: milliseconds each. */
const UNIT = /\/test\/(checks|probes|schematics)\//;

/** They take 20 s to 100 s each, nearly all of it waiting. */
const LONG =
  /\/test\/(faults\/(postgres|mariadb|memcached|pool-\w+|other-cache-clients|own-stream|recovery)|lifecycle\/(rolling-restart|connect)|page\/page)\.test\.ts$/;

/**
 * Unit tests first, then the long files: a long file that starts last runs alone at the end. Vitest would
 * sort by the durations of the last run, which a clean checkout does not have.
 */
export class Order extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  if (UNIT.test(moduleId)) return 0;
  return LONG.test(moduleId) ? 1 : 2;
}
