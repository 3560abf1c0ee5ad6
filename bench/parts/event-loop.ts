import { around } from '../support/format.js';
import type { Part } from '../support/part.js';
import { interleave, ratio, summarize } from '../support/statistics.js';
import { type Measured, TestServer } from '../support/test-server.js';

const NAMES = ['Express', 'Fastify'].flatMap((framework) =>
  ['nestjs-healthz', 'bare middleware', 'Terminus controller'].map(
    (peer) => `${framework}: ${peer}`,
  ),
);
// So that the garbage collector does not run within a slice.
const NO_COLLECTION = {
  execArgv: ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256'],
};

export const eventLoop: Part = {
  title: 'Event loop time and memory per `/healthz`',
  how:
    'Active time of the event loop by `perf_hooks`, and growth of the heap while no garbage is collected (– where some was in every round), HTTP and all:' +
    ' the bare middleware is what Node and the framework take.',
  async run({ rounds, sliceMs }, loader) {
    const servers = new Map<string, TestServer>();
    for (const name of NAMES) {
      servers.set(name, await TestServer.start('liveness', name, {}, NO_COLLECTION));
    }
    const measured = await interleave(
      rounds,
      Object.fromEntries(
        [...servers].map(([name, server]) => [
          name,
          async () => {
            await server.call('collect');
            return server.under(loader, { path: '/healthz', clients: 4, forMs: sliceMs / 2 });
          },
        ]),
      ),
    );
    for (const server of servers.values()) server.stop();
    const pick = (name: string, key: keyof Measured) =>
      (measured[name] ?? []).map((each) => each[key]).filter((value) => !Number.isNaN(value));
    return {
      claims: ['Express', 'Fastify'].flatMap((framework) =>
        (['activeUs', 'bytes'] as const).map((key) => ({
          what: `${framework}: ${key === 'bytes' ? 'memory' : 'event loop time'} ÷ bare middleware`,
          value: ratio(
            pick(`${framework}: nestjs-healthz`, key),
            pick(`${framework}: bare middleware`, key),
          ),
        })),
      ),
      tables: [
        {
          head: ['server', 'event loop µs/request', 'bytes/request'],
          rows: NAMES.map((name) => [
            name,
            around(summarize(pick(name, 'activeUs'))),
            around(summarize(pick(name, 'bytes'))),
          ]),
        },
      ],
    };
  },
};
