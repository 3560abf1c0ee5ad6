import { around, thousands } from '../support/format.js';
import type { Part } from '../support/part.js';
import { interleave, ratio, summarize } from '../support/statistics.js';
import { TestServer } from '../support/test-server.js';

const KINDS = ['Express', 'Fastify that has a middleware', 'Fastify without middleware'];
const NAMES = KINDS.flatMap((kind) => [`${kind}: without`, `${kind}: with`]);

export const otherRequests: Part = {
  title: 'The cost to every other request',
  how:
    'An empty route of an app without the module and of the same app with it: the CPU time of the process, with what the' +
    ' system does for it, and requests per second. Both are noisier than what the module adds: see the instructions.',
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
