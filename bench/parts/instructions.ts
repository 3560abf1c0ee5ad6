import { around, thousands } from '../support/format.js';
import { instructionsPerRequest } from '../support/instructions.js';
import type { Part } from '../support/part.js';
import { ratio, summarize } from '../support/statistics.js';

const EXPRESS = 'Express';
const WITH_MIDDLEWARE = 'Fastify that has a middleware';
const WITHOUT_MIDDLEWARE = 'Fastify without middleware';
const NAMES = [EXPRESS, WITH_MIDDLEWARE, WITHOUT_MIDDLEWARE].flatMap((kind) => [
  `${kind}: without`,
  `${kind}: with`,
]);

const PAIRS: readonly [what: string, without: string, withIt: string, atLeast?: number][] = [
  [EXPRESS, `${EXPRESS}: without`, `${EXPRESS}: with`, 0.98],
  [WITH_MIDDLEWARE, `${WITH_MIDDLEWARE}: without`, `${WITH_MIDDLEWARE}: with`, 0.98],
  [WITHOUT_MIDDLEWARE, `${WITHOUT_MIDDLEWARE}: without`, `${WITHOUT_MIDDLEWARE}: with`, 0.95],
  [
    `${WITHOUT_MIDDLEWARE}, an empty one in place of the module`,
    `${WITHOUT_MIDDLEWARE}: without`,
    `${WITH_MIDDLEWARE}: without`,
  ],
];

export const instructions: Part = {
  title: 'The cost to every other request, in instructions',
  how:
    'An empty route of an app without the module and of the same app with it, counted by valgrind once the code is' +
    ' compiled, in new processes each time. Only what the process itself computes, which is about half of what a request' +
    ' takes.',
  async run({ countings, counted }, loader) {
    const counts: Record<string, number[]> = {};
    for (let n = 0; n < countings; n++) {
      for (const name of NAMES) {
        const count = await instructionsPerRequest('other-requests', name, counted, loader);
        (counts[name] ??= []).push(count);
      }
    }
    const of = (name: string) => counts[name] ?? [];
    return {
      claims: PAIRS.map(([what, without, withIt, atLeast]) => ({
        what: `${what}: without ÷ with`,
        value: ratio(of(without), of(withIt)),
        limit: atLeast === undefined ? undefined : { atLeast },
      })),
      tables: [
        {
          head: ['app', 'instructions/request'],
          rows: NAMES.map((name) => [name, around(summarize(of(name)), thousands)]),
        },
      ],
    };
  },
};
