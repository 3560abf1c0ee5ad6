import { inspect } from 'node:util';
import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { ProbeService } from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { getJson, fetchText, withoutTimes } from '../support/request.js';

const thrown = (error: unknown) => () => {
  throw error;
};
const boom = thrown(new Error('boom'));
/** An object whose property throws when it is read. */
const throwing = (property: string, object = {}) =>
  Object.defineProperty(object, property, { enumerable: true, get: boom });

/** The behaviour of an indicator function, and the response of readiness. */
const MISBEHAVIOURS: [string, () => unknown, string][] = [
  ['throws', boom, 'check: check failed.'],
  ['throws undefined', thrown(undefined), 'check: check failed.'],
  ['throws a string', thrown('boom'), 'check: check failed.'],
  ['rejects with undefined', () => Promise.reject(undefined), 'check: check failed.'],
  ['returns a thenable that throws', () => throwing('then'), 'check: check failed.'],
  ['never settles', () => new Promise(() => {}), 'check: no answer within 50 ms.'],
  ['returns null', () => null, 'check: invalid response.'],
  ['returns 42', () => 42, 'check: invalid response.'],
  ['returns a string', () => 'x', 'check: invalid response.'],
  ['returns a symbol', () => Symbol('x'), 'check: invalid response.'],
  ['returns a function', () => () => {}, 'check: invalid response.'],
  ['returns []', () => [], 'check: invalid response.'],
  ['returns {x: null}', () => ({ x: null }), 'check: invalid response.'],
  ["returns {x: 'up'}", () => ({ x: 'up' }), 'check: invalid response.'],
  ['returns {x: {}}', () => ({ x: {} }), 'check: invalid response.'],
  ['returns an unknown status', () => ({ x: { status: 'weird' } }), 'check: invalid response.'],
  ['returns an array as its status', () => ({ x: { status: ['up'] } }), 'check: invalid response.'],
  ['returns a result that throws when it is read', () => throwing('x'), 'check: check failed.'],
  [
    'returns a status that throws when it is read',
    () => ({ x: throwing('status') }),
    'check: check failed.',
  ],
  [
    'calls its result __proto__',
    () => JSON.parse('{ "__proto__": { "status": "down" } }'),
    'check: check failed.',
  ],
  [
    'calls its result constructor',
    () => ({ constructor: { status: 'down' } }),
    'check: check failed.',
  ],
  [
    'throws an error whose message is an object',
    thrown(Object.assign(new Error(), { message: { code: 7 } })),
    'check: check failed.',
  ],
  [
    'throws an error whose message throws when it is read',
    thrown(throwing('message', new Error())),
    'check: check failed.',
  ],
  [
    'throws an error whose stack is not a string',
    thrown(Object.assign(new Error('boom'), { stack: ['at a', 'at b'] })),
    'check: check failed.',
  ],
  [
    'throws a value that inspect() cannot format',
    thrown({ [inspect.custom]: boom }),
    'check: check failed.',
  ],
  [
    'returns a message that inspect() cannot format',
    () => ({ x: { status: 'down', message: { [inspect.custom]: boom } } }),
    'check: check failed.',
  ],
];

const circle: { self?: unknown } = {};
circle.self = circle;

/** Data of an up result that JSON cannot represent, and the data in the response with 'full'. */
const UNSERIALIZABLE: [string, unknown, object][] = [
  ['a BigInt', 10n, { data: '10' }],
  ['an object whose toJSON() throws', { toJSON: boom }, {}],
  ['a circular object', circle, {}],
];

describe.each(ADAPTERS)('a check on %s', (_adapter, createAdapter) => {
  const start = (check: () => unknown, details: 'status' | 'full') =>
    startEcho(createAdapter, {
      timeoutMs: 50,
      details,
      readiness: { checks: { check: check as unknown as HealthIndicatorFunction } },
    });

  describe.each(['status', 'full'] as const)('with details: %s', (details) => {
    it.each(MISBEHAVIOURS)('that %s is down', async (_what, check, sentence) => {
      const { app, port } = await start(check, details);
      const [name = ''] = sentence.split(': ');
      const result = await app.get(ProbeService).check('readiness');
      expect(result.status).toBe('error');
      expect(Object.entries(result.error ?? {})).toMatchObject([[name, { status: 'down' }]]);

      // With 'full' too: the message of a result never replaces this sentence.
      await expect(fetchText(port, '/readiness')).resolves.toBe(`503 ${sentence}`);
      const json = await getJson(port, '/readiness');
      expect(json).toMatchObject({ status: 503, body: { status: 'error' } });
      await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    });

    it.each(UNSERIALIZABLE)('that returns up with %s is up', async (_what, data, shown) => {
      const { port } = await start(() => ({ x: { status: 'up', data } }), details);
      await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
      const entry = details === 'full' ? { status: 'up', ...shown } : { status: 'up' };
      expect(withoutTimes(await getJson(port, '/readiness'))).toEqual({
        status: 200,
        body: { status: 'ok', info: { check: entry }, error: {}, details: { check: entry } },
      });
    });
  });
});
