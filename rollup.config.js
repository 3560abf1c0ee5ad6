import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import terser from '@rollup/plugin-terser';
import { dts } from 'rollup-plugin-dts';

const compiled = (names, extension) =>
  Object.fromEntries(names.map((name) => [name, `./dist/compiled/${name}.${extension}`]));

/** One module for each way into the package, and what several of them share, of what tsc has compiled. */
const modules = {
  input: compiled(['index', 'testing/index', 'kubernetes/cli', 'schematics/nest-add'], 'js'),
  // The helpers that decorators need come along. What is for tests imports the main entry, as an app
  // does: else all of that would be shared, and the command would load Nest.
  external: (id) => id === '../index.js' || !/^[./]|^tslib$/.test(id),
  makeAbsoluteExternalsRelative: false,
  plugins: [
    {
      name: 'helpers of decorators',
      resolveId: (id) =>
        id === 'tslib' ? fileURLToPath(import.meta.resolve('tslib/tslib.es6.mjs')) : undefined,
    },
    {
      name: 'source maps of tsc, which lead on to the TypeScript',
      load: async (id) => ({
        code: await readFile(id, 'utf8'),
        map: await readFile(`${id}.map`, 'utf8').catch(() => null),
      }),
    },
    terser({
      ecma: 2022,
      module: true,
      // Nest's messages and stack traces name classes and functions.
      keep_classnames: true,
      keep_fnames: true,
      // Node shows the line that threw, and a wrong option throws.
      format: { comments: false, max_line_len: 200 },
    }),
  ],
  output: {
    dir: 'dist/lib',
    chunkFileNames: 'shared/[name].js',
    sourcemap: true,
  },
};

/** One file of types for each way into the package that has some. */
const types = {
  input: compiled(['index', 'testing/index'], 'd.ts'),
  plugins: [dts()],
  output: { dir: 'dist/lib', entryFileNames: '[name].d.ts' },
};

export default [modules, types];
