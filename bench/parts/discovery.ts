import { around } from '../support/format.js';
import type { Part } from '../support/part.js';
import { summarize } from '../support/statistics.js';
import { TestServer } from '../support/test-server.js';

const COUNTS = [100, 1_000, 10_000];
const ROUNDS = 3;

interface Watched {
  readonly medianMs: number;
  readonly slowMs: number;
  readonly slowestMs: number;
  readonly longestTurnMs: number;
}

export const discovery: Part = {
  title: 'Searching an app for resources',
  how:
    'Apps of providers with seven fields each, which the module searches in the background every 5 s. A probe every 5 ms by' +
    ' `ProbeService.check()`, which takes the latest snapshot, for 12 s, measured from when the probe is due. A search of 10 000 providers has slices beside a' +
    ' tenth of the probes, so a slice that held them up would show in the slowest 0.5 %; the very slowest shows the jitter' +
    ' of the machine, in an app of 100 providers too. The longest turn of the event loop is CPU time of the process.',
  async run() {
    const watched: Record<number, Watched[]> = {};
    for (const count of COUNTS) {
      watched[count] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const server = await TestServer.start('discovery', String(count));
        watched[count].push(await server.call<Watched>('watch'));
        server.stop();
      }
    }
    const pick = (count: number, key: keyof Watched) =>
      summarize((watched[count] ?? []).map((each) => each[key]));
    const keys = ['medianMs', 'slowMs', 'slowestMs', 'longestTurnMs'] as const;
    return {
      claims: COUNTS.map((count) => ({
        what: `${count} providers: the slowest 0.5 % of probes over the median, in ms`,
        value: summarize((watched[count] ?? []).map(({ slowMs, medianMs }) => slowMs - medianMs)),
        limit: { atMost: 2 },
      })),
      tables: [
        {
          head: [
            'providers',
            'median probe, ms',
            '99.5 %, ms',
            'slowest, ms',
            'longest turn, ms of CPU',
          ],
          rows: COUNTS.map((count) => [
            String(count),
            ...keys.map((key) => around(pick(count, key))),
          ]),
        },
      ],
    };
  },
};
