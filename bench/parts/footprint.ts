import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { around, short } from '../support/format.js';
import type { Part } from '../support/part.js';
import { interleave, ratio, summarize } from '../support/statistics.js';
import { TestServer } from '../support/test-server.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LIMIT_BYTES = 100_000;

/** What npm would publish of the build that there is, without source maps. */
function packageFiles(): { size: number }[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const output = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  const parsed = JSON.parse(output) as Packed[] | Record<string, Packed>;
  const [packed] = Object.values(parsed);
  return packed?.files.filter(({ path }) => !path.endsWith('.map')) ?? [];
}
interface Packed {
  readonly files: { readonly path: string; readonly size: number }[];
}

async function once(name: string) {
  const server = await TestServer.start('footprint', name, {}, { execArgv: ['--expose-gc'] });
  const startedMs = await server.ask<number>('startedMs');
  await server.ask('collect');
  const { heapBytes, rssBytes } = await server.usage();
  const files = await server.ask<number>('loadedFiles');
  server.stop();
  return { startedMs, heapMb: heapBytes / 1e6, rssMb: rssBytes / 1e6, files };
}

const KEYS = {
  startedMs: 'start-up ms',
  heapMb: 'heap MB',
  rssMb: 'RSS MB',
  files: 'files loaded',
};
type Key = keyof typeof KEYS;

export const footprint: Part = {
  title: 'What the module adds to an empty app',
  how: 'A Nest app on Express that listens, in a new process each time, after a garbage collection.',
  async run({ rounds }) {
    const names = ['without', 'with'];
    const measured = await interleave(
      rounds,
      Object.fromEntries(names.map((name) => [name, () => once(name)])),
    );
    const pick = (name: string, key: Key) => (measured[name] ?? []).map((each) => each[key]);
    const bytes = packageFiles().reduce((sum, { size }) => sum + size, 0);
    return {
      claims: [
        ...(Object.keys(KEYS) as Key[]).map((key) => ({
          what: `${KEYS[key]}, with ÷ without`,
          value: ratio(pick('with', key), pick('without', key)),
        })),
        {
          what: 'package unpacked, without source maps, of 100 kB',
          value: summarize([bytes / LIMIT_BYTES]),
          limit: { atMost: 1 },
        },
      ],
      tables: [
        {
          head: ['app', ...Object.values(KEYS)],
          rows: names.map((name) => [
            name,
            ...(Object.keys(KEYS) as Key[]).map((key) => around(summarize(pick(name, key)))),
          ]),
        },
        { head: ['package', 'kB'], rows: [['without source maps', short(bytes / 1000)]] },
      ],
    };
  },
};
