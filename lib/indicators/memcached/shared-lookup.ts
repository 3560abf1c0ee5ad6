import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

type Done = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

const waiting = new Map<string, Done[]>();

/**
 * `dns.lookup` with one running look-up per host, which all callers share. `getaddrinfo` cannot be cancelled and
 * occupies one of libuv's four threads: with a resolver that hangs, 8 abandoned look-ups delayed the
 * app's own next one by 37 s.
 */
export const sharedLookup: LookupFunction = (hostname, { all }, callback) => {
  const done: Done = (error, addresses) => {
    const [first] = addresses;
    if (error || !first) callback(error ?? new Error(`no address for ${hostname}`), '', 0);
    else if (all) callback(null, addresses);
    else callback(null, first.address, first.family);
  };
  const others = waiting.get(hostname);
  if (others) {
    others.push(done);
    return;
  }
  const everyone = [done];
  waiting.set(hostname, everyone);
  systemLookup(hostname, { all: true }, (error, addresses = []) => {
    waiting.delete(hostname);
    for (const each of everyone) each(error, addresses);
  });
};

const MAX_ADDRESSES = 1_000;
const answered = new Map<string, string>();

/** The address at which a host name answered last. */
export const lastAddress = (host: string): string | undefined => answered.get(host);

export const forgetAddress = (host: string): boolean => answered.delete(host);

export function rememberAddress(host: string, address: string | undefined): void {
  if (address === undefined || isIP(host)) return;
  answered.delete(host);
  answered.set(host, address);
  const [oldest = host] = answered.keys();
  if (answered.size > MAX_ADDRESSES) answered.delete(oldest);
}

/** The addresses of a host name now; none when the look-up fails. */
export const lookUp = (host: string): Promise<readonly string[]> =>
  new Promise((resolve) => {
    sharedLookup(host, { all: true }, (error, addresses) => {
      const found = error || !Array.isArray(addresses) ? [] : addresses;
      resolve(found.map(({ address }) => address));
    });
  });
