import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

/** The only name the resolver of these tests is in charge of. */
export const HOST = 'server.test';

type Answer = () => void;

/** Node's resolver, at the mercy of the test for {@link HOST}. */
class Resolver {
  mode: 'answers' | 'fails' | 'hangs' = 'answers';
  /** The addresses that it returns in the mode `answers`. */
  addresses = ['127.0.0.1'];
  private readonly held: Answer[] = [];

  /** How many look-ups are under way. */
  get pending(): number {
    return this.held.length;
  }

  /** Answers from now on, also what was asked meanwhile. */
  heal(): void {
    this.mode = 'answers';
    for (const answer of this.held.splice(0)) answer();
  }

  install(): void {
    const system = dns.lookup;
    const lookup = (
      host: string,
      options: dns.LookupOptions,
      done: (...args: unknown[]) => void,
    ) => {
      if (host !== HOST) {
        system(host, options as dns.LookupAllOptions, done);
        return;
      }
      const found = this.addresses.map((address) => ({ address, family: 4 }));
      const answer = () => (options.all ? done(null, found) : done(null, found[0]?.address, 4));
      if (this.mode === 'answers') setImmediate(answer);
      if (this.mode === 'hangs') this.held.push(answer);
      if (this.mode === 'fails') {
        const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
          code: 'ENOTFOUND',
        });
        setImmediate(() => done(error));
      }
    };
    Object.assign(dns, { lookup });
    syncBuiltinESMExports();
  }
}

export const resolver = new Resolver();
