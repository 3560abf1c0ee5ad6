import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pathOf = (folder, file) => fileURLToPath(new URL(`../../${folder}/${file}`, import.meta.url));

const readIfExists = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * Installs the packages of a folder that has a lock file. They are not in the root's package.json:
 * better-sqlite3 compiles C++ where it finds no binary, and some of the others warn below Node 22.
 * Does nothing when they are installed already, from the same lock file and for the same Node ABI.
 *
 * @param {'test' | 'bench'} folder
 */
export function ensureInstalled(folder) {
  const wanted = `${process.versions.modules}\n${readFileSync(pathOf(folder, 'package-lock.json'), 'utf8')}`;
  const installed = pathOf(folder, 'node_modules/.installed');
  if (readIfExists(installed) === wanted) return;
  console.log(`Installing the packages of ${folder}/package.json. This may take two minutes.`);
  const flags = ['--loglevel=error', '--prefer-offline', '--no-audit', '--no-fund'];
  try {
    execFileSync('npm', ['ci', ...flags], {
      cwd: pathOf(folder, ''),
      env: { ...process.env, JOBS: 'max' }, // for node-gyp
      stdio: 'pipe',
    });
  } catch (error) {
    throw new Error(`npm ci failed in ${folder}/:\n${error.stderr ?? ''}`, { cause: error });
  }
  writeFileSync(installed, wanted);
}

/** The global set-up of Vitest. */
export default function setup() {
  ensureInstalled('test');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of process.argv.slice(2)) ensureInstalled(folder);
}
