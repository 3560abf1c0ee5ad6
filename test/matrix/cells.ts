/** Where one app differs from another one. A version is the start of one: `'12'` is the newest 12. */
export interface Cell {
  readonly node: string;
  readonly nest: string;
  readonly terminus: string;
  readonly http: 'express' | 'fastify';
  readonly typeorm: string;
  readonly modules: 'module' | 'commonjs';
  readonly typescript: string;
}

const [LOWEST_NODE, LOWEST_NEST, LOWEST_TYPEORM] = ['20.19.0', '11.1.4', '0.3.0'];

/**
 * Every pair of two columns' values, but for TypeScript's with Node's: these two never meet. The
 * lowest that package.json allows are here too.
 */
// prettier-ignore
export const CELLS: readonly Cell[] = [
  { node: LOWEST_NODE, nest: LOWEST_NEST, terminus: '11', http: 'express', typeorm: '0.3',          modules: 'module',   typescript: '5.9' },
  { node: LOWEST_NODE, nest: '12',        terminus: '12', http: 'fastify', typeorm: '1',            modules: 'commonjs', typescript: '5.9' },
  { node: '22',        nest: '11',        terminus: '12', http: 'express', typeorm: '1',            modules: 'commonjs', typescript: '5.9' },
  { node: '22',        nest: '12',        terminus: '12', http: 'fastify', typeorm: '0.3',          modules: 'module',   typescript: '6' },
  { node: '24',        nest: '11',        terminus: '11', http: 'fastify', typeorm: LOWEST_TYPEORM, modules: 'commonjs', typescript: '6' },
  { node: '24',        nest: '12',        terminus: '12', http: 'express', typeorm: '1',            modules: 'module',   typescript: '6' },
];

export const titleOf = (cell: Cell) =>
  `Node ${cell.node}, Nest ${cell.nest} on ${cell.http}, Terminus ${cell.terminus}, TypeORM ${cell.typeorm}, ` +
  `${cell.modules}, TypeScript ${cell.typescript}`;
