import { createRequire } from 'node:module';
import { join } from 'node:path';
import type TypeScript from 'typescript';

const PACKAGE = 'nestjs-healthz';
const EXPORT = 'HealthModule';
/** What it is called where the app has something else by that name. */
const NAMES = [EXPORT, 'ProbesModule', 'KubernetesProbesModule'];

/** Text that goes in at a place of a file. */
interface Insertion {
  readonly position: number;
  readonly text: string;
}

/**
 * Adds `HealthModule.forRoot()` to the AppModule in a file, and leaves all else as it is.
 *
 * @returns the file as it was when it has the module, and nothing when it has no AppModule that can be read
 */
export function addHealthModule(file: string): string | undefined {
  // That of the app: it is no dependency of the package, and every Nest app has it.
  const ts: typeof TypeScript = createRequire(join(process.cwd(), 'package.json'))('typescript');
  const source = ts.createSourceFile('app.module.ts', file, ts.ScriptTarget.Latest, true);

  const metadata = findMetadata(ts, source);
  const imported = importedName(ts, source);
  const name = imported ?? freeName(ts, source);
  const added = metadata && name && insertElement(ts, metadata, name);
  if (!added) return undefined;
  if (added === 'there') return file;
  const insertions = imported ? [added] : [added, insertImport(ts, source, name)];
  return insertions
    .toSorted((a, b) => b.position - a.position)
    .reduce((text, { position, text: more }) => {
      return text.slice(0, position) + more + text.slice(position);
    }, file);
}

/** The object in the `@Module()` of the class AppModule, or of the only module there is. */
function findMetadata(
  ts: typeof TypeScript,
  source: TypeScript.SourceFile,
): TypeScript.ObjectLiteralExpression | undefined {
  const modules = source.statements.filter(ts.isClassDeclaration).flatMap((declared) => {
    const calls = (ts.getDecorators(declared) ?? []).map(({ expression }) => expression);
    const call = calls
      .filter(ts.isCallExpression)
      .find(({ expression }) => expression.getText() === 'Module');
    return call ? [{ name: declared.name?.text, metadata: call.arguments[0] }] : [];
  });
  const found =
    modules.find(({ name }) => name === 'AppModule') ??
    (modules.length === 1 ? modules[0] : undefined);
  const metadata = found?.metadata;
  return metadata && ts.isObjectLiteralExpression(metadata) ? metadata : undefined;
}

/** What HealthModule is called in the file that imports it, or nothing. */
function importedName(ts: typeof TypeScript, source: TypeScript.SourceFile): string | undefined {
  return importsOf(ts, source)
    .filter(({ moduleSpecifier }) => nameOf(moduleSpecifier) === PACKAGE)
    .map(({ importClause }) => (importClause?.isTypeOnly ? undefined : importClause?.namedBindings))
    .filter((bindings) => bindings !== undefined)
    .filter(ts.isNamedImports)
    .flatMap(({ elements }) => [...elements])
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .find(({ name, propertyName }) => (propertyName ?? name).text === EXPORT)?.name.text;
}

/** Puts it first: it does not matter to the module, but tells the reader what comes first. */
function insertElement(
  ts: typeof TypeScript,
  metadata: TypeScript.ObjectLiteralExpression,
  name: string,
): Insertion | 'there' | undefined {
  const call = `${name}.forRoot()`;
  const property = metadata.properties.find(
    (each) => each.name && /^(['"]?)imports\1$/.test(each.name.getText()),
  );
  if (!property) {
    const { properties } = metadata;
    const space = properties.length ? '' : ' ';
    return insertFirst(metadata, properties, `${space}imports: [${call}]${space}`);
  }
  if (!ts.isPropertyAssignment(property) || !ts.isArrayLiteralExpression(property.initializer)) {
    return undefined;
  }
  const { elements } = property.initializer;
  const isThere = elements.some((element) => element.getText().split(/\W/, 1)[0] === name);
  return isThere ? 'there' : insertFirst(property.initializer, elements, call);
}

/** In a list in brackets, laid out as its first one is. */
function insertFirst(
  list: TypeScript.Node,
  members: TypeScript.NodeArray<TypeScript.Node>,
  text: string,
): Insertion {
  const position = list.getStart() + 1;
  if (!members.length) return { position, text };
  const [space = ''] = /^\s*/.exec(list.getText().slice(1)) ?? [];
  return { position, text: `${space}${text},${space ? '' : ' '}` };
}

/** After the other packages, in the quotes, line ends and semicolons of the file. */
function insertImport(
  ts: typeof TypeScript,
  source: TypeScript.SourceFile,
  name: string,
): Insertion {
  const imports = importsOf(ts, source);
  const last = imports.findLast(({ moduleSpecifier }) => !nameOf(moduleSpecifier).startsWith('.'));
  const quote = last?.moduleSpecifier.getText()[0] ?? "'";
  const semicolon = !last || last.getText().endsWith(';') ? ';' : '';
  const lineEnd = source.text.includes('\r\n') ? '\r\n' : '\n';
  const binding = name === EXPORT ? EXPORT : `${EXPORT} as ${name}`;
  const line = `import { ${binding} } from ${quote}${PACKAGE}${quote}${semicolon}`;
  return last
    ? { position: last.getEnd(), text: `${lineEnd}${line}` }
    : { position: 0, text: `${line}${lineEnd}` };
}

/** A name that means nothing in the file yet. */
function freeName(ts: typeof TypeScript, source: TypeScript.SourceFile): string | undefined {
  const taken = new Set<string>();
  const visit = (node: TypeScript.Node): void => {
    if (ts.isIdentifier(node)) taken.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return NAMES.find((name) => !taken.has(name));
}

const importsOf = (ts: typeof TypeScript, source: TypeScript.SourceFile) =>
  source.statements.filter(ts.isImportDeclaration);

const nameOf = (specifier: TypeScript.Expression) => specifier.getText().slice(1, -1);
