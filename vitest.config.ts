import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { Order } from './test/support/order.js';

export default defineConfig({
  resolve: {
    // The longer one first: an alias takes whatever begins with it.
    alias: {
      'nestjs-healthz/testing': fileURLToPath(new URL('./lib/testing/index.ts', import.meta.url)),
      'nestjs-healthz/grpc': fileURLToPath(new URL('./lib/grpc/index.ts', import.meta.url)),
      'nestjs-healthz': fileURLToPath(new URL('./lib/index.ts', import.meta.url)),
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      'test/package/**',
      'test/matrix/**',
      'test/network/**',
      'test/soak/**',
    ],
    globalSetup: 'test/support/ensure-installed.js',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Most tests wait for a fault to show, so more of them fit on a machine than it has cores.
    maxWorkers: 3,
    sequence: { sequencer: Order },
  },
});
