import { defineConfig } from 'vitest/config';

/** The packed package in apps of other versions than the repository's own. Takes the npm registry. */
export default defineConfig({
  test: {
    include: ['test/matrix/**/*.test.ts'],
    globalSetup: 'test/support/packed-package.ts',
    testTimeout: 60_000,
    hookTimeout: 600_000,
  },
});
