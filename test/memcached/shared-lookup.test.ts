import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { sharedLookup } from '../../lib/indicators/memcached/shared-lookup.js';

const lookupsHere = () =>
  process.getActiveResourcesInfo().filter((type) => type === 'GetAddrInfoReqWrap').length;

type Found = { address: string | LookupAddress[]; family: number | undefined };

const lookUp = (host: string, all = true) =>
  new Promise<Found>((resolve, reject) => {
    sharedLookup(host, { all }, (error, address, family) =>
      error ? reject(error) : resolve({ address, family }),
    );
  });

describe('sharedLookup', () => {
  it('runs one look-up per host for all callers', async () => {
    const before = lookupsHere();
    const many = Array.from({ length: 50 }, () => lookUp('localhost'));
    expect(lookupsHere() - before).toBe(1);
    const [first, ...others] = await Promise.all(many);
    expect(first?.address).toContainEqual({ address: '127.0.0.1', family: 4 });
    for (const other of others) expect(other).toEqual(first);
  });

  it('has one per host for several hosts', async () => {
    const before = lookupsHere();
    const both = [lookUp('localhost'), lookUp('127.0.0.1'), lookUp('localhost')];
    expect(lookupsHere() - before).toBeLessThanOrEqual(2);
    const [, literal] = await Promise.all(both);
    expect(literal?.address).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });

  it('looks up again after a result', async () => {
    await lookUp('localhost');
    const before = lookupsHere();
    const again = lookUp('localhost');
    expect(lookupsHere() - before).toBe(1);
    await again;
  });

  it('returns the first address, with its family, to callers that want one', async () => {
    const [all, one] = await Promise.all([lookUp('localhost'), lookUp('localhost', false)]);
    const [first] = all.address as LookupAddress[];
    expect(one).toEqual(first);
  });

  it('fails for all callers, and tries again then', async () => {
    // Too long for any name: no resolver is asked.
    const impossible = 'x'.repeat(300);
    for (let n = 0; n < 2; n++) {
      const both = await Promise.allSettled([lookUp(impossible), lookUp(impossible, false)]);
      for (const { reason } of both as PromiseRejectedResult[]) {
        expect(reason).toMatchObject({ syscall: 'getaddrinfo', hostname: impossible });
      }
    }
  });
});
