import { describe, expect, it } from 'vitest';
import { factsIn, factsOf } from '../../lib/redaction/facts.js';

const CIRCLE: { self?: unknown } = {};
CIRCLE.self = CIRCLE;

const error = (message: string, properties: object = {}) =>
  Object.assign(new Error(message), properties);

describe('the facts in an error', () => {
  it.each<[string, unknown, string]>([
    [
      'a system call',
      error('x', { code: 'ECONNREFUSED', syscall: 'connect', address: '::1', port: 5432 }),
      'connect ECONNREFUSED ::1:5432',
    ],
    [
      'a name that does not resolve',
      error('x', { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'db.local' }),
      'getaddrinfo ENOTFOUND db.local',
    ],
    [
      "MySQL's error",
      error('x', { code: 'ER_ACCESS_DENIED_ERROR', errno: 1045, sqlState: '28000' }),
      'Error ER_ACCESS_DENIED_ERROR 28000',
    ],
    ['an HTTP status', error('x', { name: 'AxiosError', status: 503 }), 'AxiosError 503'],
    ['an error of a class', new (class QueryFailedError extends Error {})('x'), 'QueryFailedError'],
    [
      'a cause',
      new TypeError('fetch failed', {
        cause: error('x', { code: 'ECONNREFUSED', syscall: 'connect' }),
      }),
      'TypeError: connect ECONNREFUSED',
    ],
    [
      'several addresses',
      new AggregateError([error('a', { code: 'A' }), error('b', { code: 'B' })]),
      'Error A; Error B',
    ],
    ['a string', 'Top5ecret', ''],
    ['undefined', undefined, ''],
    ['an object', { code: 'Top5ecret' }, ''],
    [
      'an error whose properties throw',
      Object.defineProperty(new Error('x'), 'code', {
        get: () => {
          throw new Error('boom');
        },
      }),
      '',
    ],
  ])('are extracted from %s', (_what, thrown, facts) => {
    expect(factsOf(thrown)).toBe(facts);
  });

  it('leave out free text in every property', () => {
    const text = 'postgres://app:Top5ecret@h/db';
    const properties = ['name', 'code', 'syscall', 'sqlState', 'status', 'address', 'port'];
    for (const property of properties) {
      const thrown = error(text, { [property]: text, cause: text, stack: text, query: text });
      expect(factsOf(thrown)).not.toContain('Top5ecret');
    }
  });

  it('end at a circular cause', () => {
    const one = error('x', { code: 'ONE' });
    one.cause = error('y', { code: 'TWO', cause: one });
    expect(factsOf(one)).toBe('Error ONE: Error TWO');
  });
});

describe("the facts in a check's data", () => {
  it('are numbers, booleans and single words', () => {
    const data = {
      depth: 4,
      full: false,
      none: null,
      big: 10n,
      version: '1.2.3-rc+1',
      host: 'mail.internal:25',
      since: new Date(0),
      nested: { list: ['word', 7] },
    };
    expect(factsIn(data)).toEqual({
      ...data,
      big: '10',
      since: '1970-01-01T00:00:00.000Z',
    });
  });

  it('leave out free text, in keys too', () => {
    const data = {
      url: 'redis://:Top5ecret@h',
      sentence: 'the password is Top5ecret',
      'a name with Top5ecret': 1,
      nested: { error: 'at Top5ecret (/srv/app.js)' },
      error: new Error('Top5ecret'),
      long: 'x'.repeat(101),
    };
    expect(factsIn(data)).toEqual({ nested: {}, error: {} });
  });

  it('hide a value whose key is the name of a secret', () => {
    const data = { token: { value: 'Top5ecret' }, pwd: 5, 'db.password': 'Top5ecret', pass: true };
    const shown = { token: '***', pwd: '***', 'db.password': '***', pass: true };
    expect(factsIn(data)).toEqual(shown);
  });

  it.each<[string, object]>([
    ['a circular object', CIRCLE],
    [
      'an object that throws',
      {
        toJSON() {
          throw new Error('boom');
        },
      },
    ],
  ])('are empty for %s', (_what, data) => {
    expect(factsIn(data)).toEqual({});
  });
});
