import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const POSTGRES_VERSIONS = '/usr/lib/postgresql';

/** Debian keeps PostgreSQL's programs out of PATH, in one directory per version: newest first. */
function postgresDirs(): string[] {
  try {
    return readdirSync(POSTGRES_VERSIONS)
      .toSorted((a, b) => Number(b) - Number(a))
      .map((version) => join(POSTGRES_VERSIONS, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The real path of a server's program. A missing one is an error that says how to install it: a
 * skipped test would look like a passed one.
 */
export function findBinary(name: string, debianPackage: string): string {
  const dirs = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', ...postgresDirs()];
  const found = dirs.map((dir) => join(dir, name)).find(isExecutable);
  if (found === undefined) {
    throw new Error(`${name} is not installed: apt-get install -y ${debianPackage}`);
  }
  return realpathSync(found);
}
