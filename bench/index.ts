import { parts } from './parts/index.js';
import { Loader } from './support/load.js';
import type { Effort, Report } from './support/part.js';
import { isWithin } from './support/format.js';
import { printReport, writeResults } from './support/report.js';

const EFFORTS = {
  full: { rounds: 15, sliceMs: 1000, countings: 3, counted: 20_000 },
  guard: { rounds: 5, sliceMs: 500, countings: 1, counted: 6_000 },
  quick: { rounds: 5, sliceMs: 300, countings: 1, counted: 6_000 },
} satisfies Record<string, Effort>;

// A third worse than the limit: on a busy machine ratios move too.
const GUARD_LEEWAY = 4 / 3;

const args = process.argv.slice(2);
const guard = args.includes('--guard');
const quick = args.includes('--quick');
// The parts whose ratios hold on a busy machine.
const GUARDED = ['liveness', 'instructions', 'readiness', 'flood', 'start-up'];
const chosen = args.filter((arg) => !arg.startsWith('--'));
for (const name of chosen) {
  if (!(name in parts)) throw new Error(`no part ${name}: ${Object.keys(parts).join(', ')}`);
}

const effort = EFFORTS[guard ? 'guard' : quick ? 'quick' : 'full'];
const loader = new Loader();
const wanted = chosen.length ? chosen : guard ? GUARDED : Object.keys(parts);
const reports: Record<string, Report> = {};
for (const [name, part] of Object.entries(parts)) {
  if (!wanted.includes(name)) continue;
  const report = await part.run(effort, loader);
  reports[name] = report;
  printReport(part, report);
}
loader.stop();

const missed = Object.values(reports)
  .flatMap(({ claims }) => claims)
  .filter(({ value, limit }) => !isWithin(value.median, limit, guard ? GUARD_LEEWAY : 1));
for (const { what, value } of missed) console.log(`missed: ${what}: ${value.median.toFixed(3)}`);
if (!chosen.length && !guard) writeResults(parts, reports);
// What was measured stands as it is, unless it was to be guarded.
process.exit(guard && missed.length > 0 ? 1 : 0);
