import { startMemcached, startPostgres, startProxy } from '../../test/servers/index.js';
import { around } from '../support/format.js';
import type { Claim, Part } from '../support/part.js';
import { interleave, ratio, summarize } from '../support/statistics.js';
import { TestServer } from '../support/test-server.js';

const COUNTS = [1, 10, 100];
const DELAY_MS = 20;
const CALLS = ['raw', 'probe'];
type Kind = 'sql.js' | 'memcached' | 'distant pg';

export const many: Part = {
  title: '1, 10 and 100 resources',
  how:
    'The time of one `ProbeService.check()`, `freshMs: 0`: sql.js, which computes and waits for nothing, memcached by' +
    ` 100 addresses, and pg behind ${DELAY_MS} ms of network, which is where there is something to wait for. "Raw" queries` +
    ' the same by hand, at once.',
  async run({ rounds, sliceMs }) {
    const postgres = await startPostgres({ settings: { max_connections: 300 } });
    const proxy = await startProxy(postgres.port);
    const memcached = await startMemcached(['-l', loopback(100).slice(1).join(',')]);
    const sets: Record<Kind, (count: number) => object> = {
      'sql.js': (count) => ({ dataSources: repeat(count, { type: 'sqljs' }), memcached: [] }),
      memcached: (count) => ({
        dataSources: [],
        memcached: loopback(count).map((host) => `${host}:${memcached.port}`),
      }),
      'distant pg': (count) => ({
        dataSources: repeat(count, { ...postgres.typeorm(), port: proxy.port, poolSize: 1 }),
        memcached: [],
      }),
    };
    const times: Record<string, number[]> = {};
    for (const [kind, settingsOf] of Object.entries(sets)) {
      proxy.delayMs = 0;
      const servers = new Map<number, TestServer>();
      for (const count of COUNTS) {
        servers.set(count, await TestServer.start('many', 'start', settingsOf(count)));
      }
      proxy.delayMs = DELAY_MS;
      const subjects = [...servers].flatMap(([count, server]) =>
        CALLS.map(
          (call) => [`${count} ${kind} ${call}`, () => server.timeOf(call, sliceMs / 4)] as const,
        ),
      );
      Object.assign(times, await interleave(rounds, Object.fromEntries(subjects)));
      for (const server of servers.values()) server.stop();
    }
    await Promise.all([proxy.close(), memcached.dispose()]);
    await postgres.dispose();
    const kinds = Object.keys(sets);
    return {
      claims: kinds.flatMap((kind) =>
        claimsOf(kind, (call, count) => times[`${count} ${kind} ${call}`] ?? []),
      ),
      tables: [
        {
          head: ['µs', ...CALLS],
          rows: kinds.flatMap((kind) =>
            COUNTS.map((count) => [
              `${count} ${kind}`,
              ...CALLS.map((call) => around(summarize(times[`${count} ${kind} ${call}`] ?? []))),
            ]),
          ),
        },
      ],
    };
  },
};

/** Linux has all of 127.0.0.0/8. The first is the one that memcached listens on anyway. */
const loopback = (count: number) => Array.from({ length: count }, (_, n) => `127.0.0.${n + 1}`);

const repeat = (count: number, options: object) => Array.from({ length: count }, () => options);

type TimesOf = (call: string, count: number) => number[];

function claimsOf(kind: string, timesOf: TimesOf): Claim[] {
  const one = timesOf('probe', 1);
  const hundred = timesOf('probe', 100);
  const waits = kind === 'distant pg';
  return [
    {
      what: `${kind}: 100 ÷ 1`,
      value: ratio(hundred, one),
      limit: waits ? { atMost: 2 } : undefined,
    },
    {
      what: `${kind}: 100 ÷ the sum of 100 times 1`,
      value: ratio(
        hundred,
        one.map((time) => 100 * time),
      ),
      limit: { atMost: 1 },
    },
    {
      what: `${kind}: 100 ÷ 100 by hand`,
      value: ratio(hundred, timesOf('raw', 100)),
    },
  ];
}
