import { FAULTS, TIMEOUT_MS } from './matrix.js';

const cell = (sentence = '–') => sentence.replace(String(TIMEOUT_MS), '3000');

/** The matrix as docs/faults.md has it, with the default deadline. */
export function faultTable(): string {
  const rows = FAULTS.map(
    ({ name, expected: { postgres, memcached } }) =>
      `| ${name.replace(/, at the server's packet .*/, '')} | ${cell(postgres)} | ${cell(memcached)} |`,
  );
  return ['| fault | database | cache |', '| --- | --- | --- |', ...new Set(rows), ''].join('\n');
}
