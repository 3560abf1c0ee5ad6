interface Packages {
  importPeer(name: '@godaddy/terminus'): Promise<typeof import('@godaddy/terminus')>;
  importPeer(name: '@fastify/under-pressure'): Promise<typeof import('@fastify/under-pressure')>;
  importPeer(name: 'lightship'): Promise<typeof import('lightship')>;
  loadBetterSqlite3(): typeof import('better-sqlite3').default;
}

const file = new URL('../../../bench/packages.js', import.meta.url);

/** Loads what is not installed in the root. */
export const { importPeer, loadBetterSqlite3 } = (await import(file.href)) as Packages;
