import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileAll } from './compile.js';
import { snippetsIn } from './snippets.js';

describe('a snippet of the documentation', () => {
  const snippets = snippetsIn('ts');
  const mistakesIn = compileAll(snippets);

  it.each(snippets)('compiles: $place', (snippet) => {
    expect(mistakesIn(snippet)).toEqual([]);
  });

  it.each(snippetsIn('json'))('is JSON: $place', ({ text }) => {
    expect(() => JSON.parse(text)).not.toThrow();
  });

  it.each(snippetsIn('yaml'))('is YAML: $place', ({ text }) => {
    expect(() => parse(text)).not.toThrow();
  });
});
