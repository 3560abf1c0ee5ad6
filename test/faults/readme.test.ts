import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { faultTable } from './table.js';

it('is the table in the README', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(faultTable());
});
