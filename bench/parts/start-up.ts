import { around } from '../support/format.js';
import type { Part } from '../support/part.js';
import { interleave, ratio, summarize } from '../support/statistics.js';
import { TestServer } from '../support/test-server.js';

async function once(name: string) {
  const server = await TestServer.start('start-up', name);
  const startedMs = await server.call<number>('startedMs');
  const files = await server.call<number>('loadedFiles');
  server.stop();
  return { startedMs, files };
}

export const startUp: Part = {
  title: 'What the module adds to the start of an empty app',
  how: 'A Nest app on Express, from the start of the process until it listens, in a new process each time.',
  async run({ rounds }) {
    const names = ['without', 'with'];
    const measured = await interleave(
      rounds,
      Object.fromEntries(names.map((name) => [name, () => once(name)])),
    );
    const all = (name: string) => measured[name] ?? [];
    const startedMs = (name: string) => all(name).map((each) => each.startedMs);
    const files = (name: string) => all(name).map((each) => each.files);
    return {
      claims: [
        {
          what: 'start-up ms, with ÷ without',
          value: ratio(startedMs('with'), startedMs('without')),
          limit: { atMost: 1.1 },
        },
        { what: 'files loaded, with ÷ without', value: ratio(files('with'), files('without')) },
      ],
      tables: [
        {
          head: ['app', 'start-up ms', 'files loaded'],
          rows: names.map((name) => [
            name,
            around(summarize(startedMs(name))),
            around(summarize(files(name))),
          ]),
        },
      ],
    };
  },
};
