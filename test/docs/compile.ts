import { join } from 'node:path';
import ts from 'typescript';
import { exportsWithTags, NODE_NEXT } from '../package/compile.js';
import { REPOSITORY } from '../support/npm.js';
import type { Snippet } from './snippets.js';

const PRELUDE = join(import.meta.dirname, 'prelude.ts');

const OPTIONS: ts.CompilerOptions = {
  ...NODE_NEXT,
  skipLibCheck: true,
  paths: {
    'nestjs-healthz': [join(REPOSITORY, 'lib/index.ts')],
    'nestjs-healthz/testing': [join(REPOSITORY, 'lib/testing/index.ts')],
    'nestjs-healthz/grpc': [join(REPOSITORY, 'lib/grpc/index.ts')],
  },
};

/** Compiles snippets, each as a module of its own: the mistakes in one, by its line in its page. */
export function compileAll(snippets: readonly Snippet[]): (snippet: Snippet) => string[] {
  const known = [...exportsWithTags(PRELUDE).keys()];
  const modules = new Map(snippets.map((each) => [fileOf(each), moduleOf(each, known)]));
  const host = ts.createCompilerHost(OPTIONS);
  const readFile = host.readFile.bind(host);
  host.readFile = (file) => modules.get(file) ?? readFile(file);
  const program = ts.createProgram([...modules.keys()], OPTIONS, host);
  return (snippet) => {
    const source = program.getSourceFile(fileOf(snippet));
    const mistakes = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return mistakes.map((each) => ts.formatDiagnostic(each, host));
  };
}

/** Beside the prelude, where nothing is written. */
const fileOf = ({ place }: Snippet) =>
  join(import.meta.dirname, `${place.replaceAll(/\W/g, '-')}.ts`);

/** Behind an import of what it neither imports nor declares, and with its lines where they are in the page. */
function moduleOf({ line, text }: Snippet, known: readonly string[]): string {
  const left = known.filter((name) => !introduces(name).test(text));
  return `${'\n'.repeat(line - 1)}import { ${left.join(', ')} } from './prelude.js';\n${text}`;
}

const introduces = (name: string) =>
  new RegExp(`^(import [^;]*|(export )?(const|let|class|function) )\\b${name}\\b`, 'm');
