import type { Kind } from '../servers/raw.js';
import { addressesOf, withDatabases } from '../support/databases.js';
import { around } from '../support/format.js';
import type { Claim, Part } from '../support/part.js';
import { interleave, ratio, summarize } from '../support/statistics.js';
import { TestServer } from '../support/test-server.js';

const SETS: Record<string, readonly Kind[]> = {
  pg: ['pg'],
  mysql: ['mysql'],
  sqlite: ['sqlite'],
  memcached: ['memcached'],
  'pg, mysql': ['pg', 'mysql'],
  'pg, mysql, sqlite': ['pg', 'mysql', 'sqlite'],
  '4 × pg': ['pg', 'pg', 'pg', 'pg'],
};
const PATHS = { raw: '/raw', healthz: '/readiness', terminus: '/terminus' };
type Way = keyof typeof PATHS;
const WAYS = Object.keys(PATHS) as Way[];
// Until V8 is through with the compiling of a way, which takes the core that PostgreSQL needs.
const WARM_UP_MS = 2500;
const MOST_OF_RAW = 1.6;

export const readiness: Part = {
  title: '`/readiness` with warm connections',
  how:
    '`freshMs: 0`, so that every probe runs its checks. Over HTTP: one request after the other, against a bare middleware that' +
    ' queries the raw driver (for memcached a raw socket), and a Terminus controller with a `pingCheck` per DataSource.' +
    ' Without HTTP: `ProbeService.check()` against the same calls by themselves, which shows what the module adds.',
  async run({ rounds, sliceMs }, loader) {
    const claims: Claim[] = [];
    const rows: string[][] = [];
    await withDatabases(async (databases) => {
      for (const [set, kinds] of Object.entries(SETS)) {
        const settings = { kinds, addresses: addressesOf(databases) };
        const server = await TestServer.start('readiness', 'start', settings);
        for (const way of WAYS) {
          await server.under(loader, { path: PATHS[way], clients: 4, forMs: WARM_UP_MS });
        }
        const http = await timed(rounds, async (way) => {
          const load = { path: PATHS[way], clients: 1, forMs: sliceMs / 4 };
          return (await server.under(loader, load)).p50Ms * 1000;
        });
        const direct = await timed(rounds, (way) => server.timeOf(way, sliceMs / 8));
        server.stop();
        claims.push(...claimsOf(set, kinds, http, direct));
        rows.push([`${set}, HTTP`, ...figures(http)], [`${set}, no HTTP`, ...figures(direct)]);
      }
    });
    return { claims, tables: [{ head: ['µs', ...WAYS], rows }] };
  },
};

type Times = Record<Way, number[]>;

const timed = (rounds: number, time: (way: Way) => Promise<number>) =>
  interleave(
    rounds,
    Object.fromEntries(WAYS.map((way) => [way, () => time(way)])),
  ) as Promise<Times>;

const figures = (times: Times) => WAYS.map((way) => around(summarize(times[way])));

function claimsOf(set: string, kinds: readonly Kind[], http: Times, direct: Times): Claim[] {
  const terminusToo = !kinds.includes('memcached');
  const several = kinds.length > 1;
  return [
    {
      what: `${set}: ÷ raw, HTTP`,
      value: ratio(http.healthz, http.raw),
      limit: several ? undefined : { atMost: MOST_OF_RAW },
    },
    {
      what: `${set}: ÷ raw, no HTTP`,
      value: ratio(direct.healthz, direct.raw),
    },
    ...(terminusToo ? [http, direct] : []).map((times, n) => ({
      what: `${set}: ÷ Terminus, ${n ? 'no HTTP' : 'HTTP'}`,
      value: ratio(times.healthz, times.terminus),
      limit: several && !n ? { atMost: 1 } : undefined,
    })),
  ];
}
