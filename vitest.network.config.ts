import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

/** `npm run test:network`: a host of its own in a network namespace. Takes root. */
export default mergeConfig(
  { resolve: base.resolve },
  defineConfig({
    test: {
      include: ['test/network/*.test.ts'],
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  }),
);
