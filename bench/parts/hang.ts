import { addressesOf, withDatabases } from '../support/databases.js';
import { around } from '../support/format.js';
import { Loader } from '../support/load.js';
import type { Part } from '../support/part.js';
import { interleave, ratio, summarize } from '../support/statistics.js';
import { TestServer, type Usage } from '../support/test-server.js';

const PROBES_PER_SECOND = 200;
const OTHERS_PER_SECOND = 100;
// The deadline of a check: a shorter slice would not see the answers of a hang.
const DEADLINE_MS = 3000;
const SETTLE_MS = 500;

export const hang: Part = {
  title: 'While all databases and the cache hang',
  how:
    `${PROBES_PER_SECOND} requests/s to \`/readiness\` of a Fastify app whose PostgreSQL, MariaDB and memcached are` +
    ` suspended in every other slice; ${OTHERS_PER_SECOND}/s each to \`/healthz\` and to an empty route of the app.`,
  run: ({ rounds, sliceMs }, loader) =>
    withDatabases(async (databases) => {
      const server = await TestServer.start('loaded', 'start', addressesOf(databases), {
        execArgv: ['--expose-gc'],
      });
      const others = [new Loader(), new Loader()];
      const [healthzLoader, appLoader] = others as [Loader, Loader];
      const all = Object.values(databases);
      const usages: Usage[] = [];
      const slice = async () => {
        const { port } = server;
        const forMs = DEADLINE_MS + sliceMs;
        const steady = { port, forMs, perSecond: OTHERS_PER_SECOND };
        const [probes, healthz, route] = await Promise.all([
          loader.run({ port, forMs, perSecond: PROBES_PER_SECOND, path: '/readiness' }),
          healthzLoader.run({ ...steady, path: '/healthz' }),
          appLoader.run({ ...steady, path: '/' }),
        ]);
        return { probes, healthz: healthz.p99Ms, app: route.p99Ms };
      };
      const measured = await interleave(Math.max(2, Math.ceil(rounds / 3)), {
        healthy: slice,
        async hanging() {
          await Promise.all(all.map((database) => database.suspend()));
          try {
            return await slice();
          } finally {
            for (const database of all) database.resume();
            await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
            await server.call('collect');
            usages.push(await server.usage());
          }
        },
      });
      for (const other of others) other.stop();
      server.stop();
      const pick = (state: string, key: 'healthz' | 'app') =>
        (measured[state] ?? []).map((each) => each[key]);
      // The first was before there was anything to keep.
      const [, base = usages[0], ...later] = usages;
      const last = later.at(-1);
      const growth = (key: keyof Usage) => (last?.[key] ?? 0) / (base?.[key] ?? 1);
      return {
        claims: [
          ...(['healthz', 'app'] as const).map((key) => ({
            what: `p99 of ${key === 'app' ? 'the app’s route' : '`/healthz`'}, hanging ÷ healthy`,
            value: ratio(pick('hanging', key), pick('healthy', key)),
            limit: { atMost: 1.25 },
          })),
          {
            what: 'heap after the last hang ÷ after the second',
            value: summarize([growth('heapBytes')]),
            limit: { atMost: 1.1 },
          },
          {
            what: 'handles after the last hang ÷ after the second',
            value: summarize([growth('handles')]),
            limit: { atMost: 1 },
          },
        ],
        tables: [
          {
            head: ['state', '`/healthz` p99 ms', 'route p99 ms', '`/readiness` answered, others'],
            rows: ['healthy', 'hanging'].map((state) => [
              state,
              around(summarize(pick(state, 'healthz'))),
              around(summarize(pick(state, 'app'))),
              (measured[state] ?? [])
                .map(({ probes }) => `${probes.requests} × 200, ${probes.failures} × 503`)
                .at(-1) ?? '',
            ]),
          },
        ],
      };
    }),
};
