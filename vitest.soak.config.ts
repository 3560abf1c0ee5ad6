import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

/** `npm run soak`: minutes by default, or shorter by SOAK_HEALTHY and SOAK_TIMED_OUT. */
export default mergeConfig(
  { resolve: base.resolve },
  defineConfig({
    test: {
      include: ['test/soak/*.test.ts'],
      execArgv: ['--expose-gc'],
      testTimeout: 3_600_000,
      hookTimeout: 120_000,
    },
  }),
);
