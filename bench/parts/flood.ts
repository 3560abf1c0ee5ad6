import type { MariadbServer } from '../../test/servers/index.js';
import { addressesOf, withDatabases } from '../support/databases.js';
import { around, thousands } from '../support/format.js';
import type { Part } from '../support/part.js';
import { interleave, ratio, summarize } from '../support/statistics.js';
import { TestServer } from '../support/test-server.js';

const FRESH_MS = 250;
const PATHS = ['/healthz', '/readiness', '/terminus'];

/** By the server's own count. */
async function selectsOf(mariadb: MariadbServer): Promise<number> {
  const [row] = await mariadb.query("SHOW GLOBAL STATUS LIKE 'Com_select'");
  return Number(row?.['Value']);
}

export const flood: Part = {
  title: 'A flood of `/readiness`',
  how:
    'The table has the rate at which 64 clients get responses; no rate is set. Fastify with pg, MariaDB and memcached,' +
    " `freshMs` 250; queries by MariaDB's own count. Terminus pings MariaDB alone.",
  run: ({ rounds, sliceMs }, loader) =>
    withDatabases(async (databases) => {
      const server = await TestServer.start('loaded', 'start', addressesOf(databases));
      const under = (path: string) => async () => {
        const before = await selectsOf(databases.mariadb);
        const forMs = Math.max(sliceMs, 2 * FRESH_MS);
        const load = { path, forMs, clients: 64 };
        const result = await server.under(loader, load);
        const queries = (await selectsOf(databases.mariadb)) - before;
        return { ...result, queriesPerSecond: queries / result.seconds };
      };
      const measured = await interleave(
        rounds,
        Object.fromEntries(PATHS.map((path) => [path, under(path)])),
      );
      server.stop();
      const pick = (path: string, key: 'perSecond' | 'queriesPerSecond' | 'p50Ms' | 'p99Ms') =>
        (measured[path] ?? []).map((each) => each[key]);
      return {
        claims: [
          {
            what: 'queries per second, of the 4 that `freshMs` allows',
            value: summarize(
              pick('/readiness', 'queriesPerSecond').map((n) => (n * FRESH_MS) / 1000),
            ),
            limit: { atMost: 1 },
          },
          {
            what: 'latency p99, `/readiness` ÷ `/healthz`',
            value: ratio(pick('/readiness', 'p99Ms'), pick('/healthz', 'p99Ms')),
          },
          {
            what: 'requests/s, `/readiness` ÷ Terminus',
            value: ratio(pick('/readiness', 'perSecond'), pick('/terminus', 'perSecond')),
          },
        ],
        tables: [
          {
            head: ['path', 'requests/s', 'queries/s', 'p50 ms', 'p99 ms'],
            rows: PATHS.map((path) => [
              path,
              around(summarize(pick(path, 'perSecond')), thousands),
              around(summarize(pick(path, 'queriesPerSecond'))),
              around(summarize(pick(path, 'p50Ms'))),
              around(summarize(pick(path, 'p99Ms'))),
            ]),
          },
        ],
      };
    }),
};
