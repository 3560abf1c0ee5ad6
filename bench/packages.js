// Not compiled: Node resolves a package from the file that imports it, and the compiled benchmark runs
// in dist/, from where it finds neither bench/node_modules nor test/node_modules.
import { createRequire } from 'node:module';

const requireFromTest = createRequire(new URL('../test/package.json', import.meta.url));

/** Imports a package of bench/package.json. */
export const importPeer = (name) => import(name);

/** Loads the copy of the tests, since installing another one compiles it again. */
export const loadBetterSqlite3 = () => requireFromTest('better-sqlite3');
