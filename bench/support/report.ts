import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { drawChart } from './chart.js';
import { around, isWithin, limitText } from './format.js';
import type { Claim, Part, Report, Table } from './part.js';

const sourceFile = (name: string) =>
  fileURLToPath(new URL(`../../../bench/${name}`, import.meta.url));

const PACKAGES = [
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  'express',
  'fastify',
  '@nestjs/terminus',
  '@godaddy/terminus',
  'lightship',
  '@fastify/under-pressure',
  'typeorm',
  'pg',
  'mysql2',
  'better-sqlite3',
  'sql.js',
  'memcached',
];

const claimTable = (claims: readonly Claim[]): Table => ({
  head: ['ratio', 'median (quartiles)', 'limit', ''],
  rows: claims.map(({ what, value, limit }) => [
    what,
    around(value),
    limitText(limit),
    limit ? (isWithin(value.median, limit) ? 'yes' : '**no**') : '',
  ]),
});

function tableText({ head, rows }: Table): string {
  const all = [head, head.map(() => ''), ...rows];
  const widths = head.map((_, column) =>
    Math.max(3, ...all.map((row) => row[column]?.length ?? 0)),
  );
  return all
    .map((row, line) =>
      widths.map((width, n) => (line === 1 ? '-'.repeat(width) : (row[n] ?? '').padEnd(width))),
    )
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

const sectionText = ({ title, how }: Part, { claims, tables }: Report): string =>
  [`## ${title}`, how, ...[claimTable(claims), ...tables].map(tableText)].join('\n\n');

export function printReport(part: Part, report: Report): void {
  console.log(`\n${sectionText(part, report)}`);
}

/** bench/RESULTS.md, and the chart in the README. */
export function writeResults(
  parts: Readonly<Record<string, Part>>,
  reports: Readonly<Record<string, Report>>,
): void {
  const sections = Object.entries(parts).map(
    ([name, part]) => reports[name] && sectionText(part, reports[name]),
  );
  const text = [
    '# Results of `npm run bench`',
    'Written by the run. Everything under one heading was measured within the same minutes on the same machine,' +
      ' in turns; each figure is the median of the rounds, with the quartiles. The absolute ones are of this' +
      ' machine and this minute; only the ratios, each taken round by round, are claimed.',
    environment(),
    '![Requests per second to /healthz](liveness.svg)',
    ...sections,
    readFileSync(sourceFile('profile.md'), 'utf8').trim(),
  ];
  writeFileSync(sourceFile('RESULTS.md'), `${text.join('\n\n')}\n`);
  if (reports.liveness)
    writeFileSync(sourceFile('liveness.svg'), drawChart(reports.liveness.claims));
}

function environment(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${memory}, ${type()} ${release()}`;
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ');
  return `${machine}, Node ${process.versions.node}.\n\n${versions}.`;
}

function versionOf(name: string): string {
  // Read, not imported: many packages do not export their package.json.
  const file = ['..', '.', '../test']
    .map((folder) => sourceFile(`${folder}/node_modules/${name}/package.json`))
    .find((each) => existsSync(each));
  if (!file) throw new Error(`${name} is not installed`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
