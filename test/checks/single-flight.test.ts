import { describe, expect, it, vi } from 'vitest';
import { SingleFlight } from '../../lib/checks/single-flight.js';

describe('SingleFlight', () => {
  it('shares the result of one call with all callers', async () => {
    const flight = new SingleFlight<object>();
    const start = vi.fn<() => Promise<object>>(async () => ({}));
    const [first, second] = await Promise.all([flight.join(start), flight.join(start)]);
    expect(first).toBe(second);
    expect(start).toHaveBeenCalledOnce();
  });

  it('calls again after the call has settled', async () => {
    const flight = new SingleFlight<number>();
    expect(await flight.join(async () => 1)).toBe(1);
    expect(await flight.join(async () => 2)).toBe(2);
  });

  it('rejects for all callers, and then calls again', async () => {
    const flight = new SingleFlight<number>();
    const fail = () => flight.join(() => Promise.reject(new Error('broken')));
    const both = await Promise.allSettled([fail(), fail()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flight.join(async () => 2)).toBe(2);
  });
});
