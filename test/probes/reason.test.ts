import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../lib/redaction/reason.js';
import { freePort } from '../servers/index.js';

describe('reasonOf()', () => {
  it('returns the cause of a failed fetch()', async () => {
    const port = await freePort();
    const error = await fetch(`http://127.0.0.1:${port}/`).catch((thrown: unknown) => thrown);
    expect(reasonOf(error)).toBe(`fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  it('returns each error of an AggregateError', async () => {
    const socket = connect({ port: await freePort(), host: 'localhost', autoSelectFamily: true });
    const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as [Error];
    expect(reasonOf(error)).toContain('ECONNREFUSED');
    const both = new AggregateError([new Error('one'), new Error('other')]);
    expect(reasonOf(both)).toBe('one; other');
    expect(reasonOf(new AggregateError(both.errors, 'all failed'))).toBe('all failed: one; other');
  });

  it('repeats no cause, ends at a circular cause, and hides secrets in each part', () => {
    const inner = new Error('refused at postgres://app:hunter2@h/db');
    expect(reasonOf(new Error('cannot connect', { cause: inner }))).toBe(
      'cannot connect: refused at postgres://app:***@h/db',
    );
    expect(reasonOf(new Error(`twice: ${inner.message}`, { cause: inner }))).toBe(
      'twice: refused at postgres://app:***@h/db',
    );
    const circle = new Error('round');
    circle.cause = new Error('and round', { cause: circle });
    expect(reasonOf(circle)).toBe('round: and round');
    expect(reasonOf(new Error('why', { cause: 'a text' }))).toBe('why: a text');
  });
});
