import { readFile } from 'node:fs/promises';
import { defineConfig } from 'rolldown';

// Nest's messages and stack traces name classes and functions.
const keepNames = { class: true, function: true };

/** One module for each way into the package, and one for what several of them share, of what tsc has compiled. */
export default defineConfig({
  input: {
    index: './dist/compiled/index.js',
    'testing/index': './dist/compiled/testing/index.js',
    'kubernetes/cli': './dist/compiled/kubernetes/cli.js',
    'schematics/nest-add': './dist/compiled/schematics/nest-add.js',
  },
  // The helpers that decorators need come along. What is for tests imports the main entry, as an app
  // does: else all of that would be shared, and the command would load Nest.
  external: (id) => id === '../index.js' || !/^[./]|^tslib$/.test(id),
  makeAbsoluteExternalsRelative: false,
  plugins: [
    {
      name: 'source maps of tsc, which lead on to the TypeScript',
      load: {
        filter: { id: /\.js$/ },
        handler: async (id) => ({
          code: await readFile(id, 'utf8'),
          map: await readFile(`${id}.map`, 'utf8').catch(() => null),
        }),
      },
    },
  ],
  output: {
    dir: 'dist/lib',
    chunkFileNames: '[name].js',
    codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
    sourcemap: true,
    comments: false,
    // With its lines: Node shows the one that threw, and a wrong option throws.
    minify: {
      compress: { keepNames },
      mangle: { keepNames },
      codegen: { removeWhitespace: false },
    },
  },
});
