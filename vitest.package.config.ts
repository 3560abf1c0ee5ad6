import { defineConfig } from 'vitest/config';

/** What users install: the packed package, in an app of its own. Takes the npm registry. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: 'test/support/packed-package.ts',
    testTimeout: 60_000,
    hookTimeout: 600_000,
  },
});
