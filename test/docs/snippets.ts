import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import ts from 'typescript';
import { REPOSITORY } from '../support/npm.js';

/** A fenced block of the documentation. */
export interface Snippet {
  /** As `README.md:12`. */
  readonly place: string;
  /** That of its fence. */
  readonly line: number;
  readonly text: string;
}

const PAGES = ['README.md', 'docs/*.md'];
const FENCED = /^ *```(\w+)\n([^]*?)^ *```$/gm;

/** All that are in one language. */
export function snippetsIn(language: string): Snippet[] {
  return ts.sys.readDirectory(REPOSITORY, ['.md'], [], PAGES).flatMap((file) => {
    const page = readFileSync(file, 'utf8');
    return [...page.matchAll(FENCED)]
      .filter((match) => match[1] === language)
      .map(({ index, 2: text = '' }) => {
        const line = page.slice(0, index).split('\n').length;
        return { place: `${relative(REPOSITORY, file)}:${line}`, line, text };
      });
  });
}
