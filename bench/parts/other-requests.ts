import { around, thousands } from '../support/format.js';
import type { Part } from '../support/part.js';
import { interleave, ratio, summarize } from '../support/statistics.js';
import { TestServer } from '../support/test-server.js';

const LIMITS = {
  Express: 0.98,
  'Fastify that has a middleware': 0.98,
  'Fastify without middleware': 0.95,
};
const KINDS = Object.keys(LIMITS) as (keyof typeof LIMITS)[];
const NAMES = KINDS.flatMap((kind) => [`${kind}: without`, `${kind}: with`]);

export const otherRequests: Part = {
  title: 'The cost to every other request',
  how:
    'An empty route of an app without the module and of the same app with it. The CPU time of the process is the' +
    ' figure to go by; requests per second are far noisier.',
  async run({ rounds, sliceMs }, loader) {
    const servers = new Map<string, TestServer>();
    for (const name of NAMES) servers.set(name, await TestServer.start('other-requests', name));
    const measured = await interleave(
      2 * rounds,
      Object.fromEntries(
        [...servers].map(([name, server]) => [
          name,
          () => server.under(loader, { path: '/', clients: 8, forMs: sliceMs }),
        ]),
      ),
    );
    for (const server of servers.values()) server.stop();
    const pick = (name: string, key: 'perSecond' | 'cpuUs') =>
      (measured[name] ?? []).map((each) => each[key]);
    return {
      claims: KINDS.flatMap((kind) => [
        {
          what: `${kind}: CPU time per request, without ÷ with`,
          value: ratio(pick(`${kind}: without`, 'cpuUs'), pick(`${kind}: with`, 'cpuUs')),
          limit: { atLeast: LIMITS[kind] },
        },
        {
          what: `${kind}: requests/s, with ÷ without`,
          value: ratio(pick(`${kind}: with`, 'perSecond'), pick(`${kind}: without`, 'perSecond')),
        },
      ]),
      tables: [
        {
          head: ['app', 'requests/s', 'CPU µs/request'],
          rows: NAMES.map((name) => [
            name,
            around(summarize(pick(name, 'perSecond')), thousands),
            around(summarize(pick(name, 'cpuUs'))),
          ]),
        },
      ],
    };
  },
};
