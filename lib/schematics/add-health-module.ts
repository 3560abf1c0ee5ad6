import { createRequire } from 'node:module';
import { join } from 'node:path';

const PACKAGE = 'nestjs-healthz';
const EXPORT = 'HealthModule';
/** Its names where the app has something else of that name. */
const NAMES = [EXPORT, 'ProbesModule', 'KubernetesProbesModule'];

// In `{ imports }` the manager sees no list, and would add a second property of that name.
const SHORTHAND = /[{,]\s*imports\s*[,}]/;

/** The exports of `@nestjs/schematics` that `nest generate` declares modules with. */
interface Schematics {
  readonly MetadataManager: new (file: string) => {
    insert(metadata: string, symbol: string): string | undefined;
  };
  readonly ModuleImportDeclarator: new (solver: { relative(): string }) => {
    declare(file: string, options: { symbol: string }): string;
  };
}

/**
 * Adds `HealthModule.forRoot()` to the module in a file.
 *
 * @returns the same file when it imports the package, and nothing when its `@Module()` cannot be read
 */
export function addHealthModule(file: string): string | undefined {
  if (new RegExp(`['"]${PACKAGE}['"]`).test(file)) return file;
  const name = NAMES.find((each) => !new RegExp(String.raw`\b${each}\b`).test(file));
  if (!name || SHORTHAND.test(file)) return undefined;
  // The app's own: the package does not depend on it, and every app that the Nest CLI generates has it.
  const { MetadataManager, ModuleImportDeclarator }: Schematics = createRequire(
    join(process.cwd(), 'package.json'),
  )('@nestjs/schematics');
  const added = new MetadataManager(file).insert('imports', `${name}.forRoot()`);
  if (added === undefined || added === file) return undefined;
  const symbol = name === EXPORT ? EXPORT : `${EXPORT} as ${name}`;
  return new ModuleImportDeclarator({ relative: () => PACKAGE }).declare(added, { symbol });
}
