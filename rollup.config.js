import { dts } from 'rollup-plugin-dts';

/** One file of types for each way into the package that has some. */
export default {
  input: {
    index: './dist/compiled/index.d.ts',
    'testing/index': './dist/compiled/testing/index.d.ts',
  },
  plugins: [dts()],
  output: { dir: 'dist/lib', entryFileNames: '[name].d.ts' },
};
