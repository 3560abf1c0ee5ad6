import { join } from 'node:path';
import ts from 'typescript';
import { REPOSITORY } from '../support/npm.js';

const COMMON: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  strict: true,
  skipLibCheck: false,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  noEmit: true,
  types: ['node'],
  typeRoots: [join(REPOSITORY, 'node_modules/@types')],
};

export const NODE_NEXT: ts.CompilerOptions = { ...COMMON, module: ts.ModuleKind.NodeNext };

export const BUNDLER: ts.CompilerOptions = {
  ...COMMON,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/** What older apps have in their tsconfig.json. It knows no `exports`. */
export const NODE_10: ts.CompilerOptions = {
  ...COMMON,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  ignoreDeprecations: '6.0',
};

export interface Compiled {
  /** In `file` and in the package's own types; those of other packages are not ours to mend. */
  readonly errors: string[];
  /** Names of the package's files that were read. */
  readonly ours: string[];
}

const isOurs = (file: string) => file.includes('/node_modules/nestjs-healthz/');

/** Compiles `file` as its author would, and the types of the package with it. */
export function compile(file: string, options: ts.CompilerOptions): Compiled {
  const program = ts.createProgram([file], options);
  const ours = program.getSourceFiles().filter(({ fileName }) => isOurs(fileName));
  const checked = [program.getSourceFile(file), ...ours];
  const errors = [
    ...program.getOptionsDiagnostics(),
    ...checked.flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ]),
  ];
  return {
    errors: errors.map((error) => ts.formatDiagnostic(error, HOST)),
    ours: ours.map(({ fileName }) => fileName),
  };
}

const HOST: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => REPOSITORY,
  getNewLine: () => '\n',
};

/** The public names in a package's types, each with the tags of its doc comment. */
export const exportsWithTags = (types: string): Map<string, string[]> =>
  new Map(
    exportsOf(types).map(({ name, declared, checker }) => [
      name,
      declared.getJsDocTags(checker).map((tag) => tag.name),
    ]),
  );

/** The public names in a package's types that are values when the app runs. */
export const valuesOf = (types: string): string[] =>
  exportsOf(types)
    .filter(({ declared }) => declared.flags & ts.SymbolFlags.Value)
    .map(({ name }) => name);

/** The declarations of the public names in a package's types, with the comments in them. */
export const textsOf = (types: string): string[] =>
  exportsOf(types).flatMap(({ declared }) =>
    (declared.getDeclarations() ?? []).map((declaration) => declaration.getFullText()),
  );

function exportsOf(types: string) {
  const program = ts.createProgram([types], { ...NODE_NEXT, skipLibCheck: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(types);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) {
    throw new Error(`${types} exports nothing`);
  }
  return checker.getExportsOfModule(module).map((symbol) => {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const declared = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    return { name: symbol.name, declared, checker };
  });
}

/** The packages and files that a file imports, requires or refers to, in whichever way. */
export function importsOf(text: string): string[] {
  const { importedFiles, referencedFiles, typeReferenceDirectives } = ts.preProcessFile(
    text,
    true,
    true,
  );
  const found = [...importedFiles, ...referencedFiles, ...typeReferenceDirectives];
  return found.map(({ fileName }) => fileName);
}

/** `@nestjs/core/x` → `@nestjs/core`; a file of the package itself → undefined. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    return undefined;
  }
  const names = specifier.split('/');
  return names.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
