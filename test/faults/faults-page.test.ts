import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { faultTable } from './table.js';

it('docs/faults.md has the table of the fault tests', () => {
  const page = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8');
  expect(page).toContain(faultTable());
});
