import { inspect } from 'node:util';
import { isSecret, redact } from './redact.js';

/** What an error says, for the log and for `details: 'full'`. Anything can be thrown: never throws. */
export function reasonOf(error: unknown): string {
  return attempt(() => {
    // What `net.connect` gives for a host with several addresses has no message of its own.
    if (error instanceof AggregateError && !error.message) {
      return error.errors.map(reasonOf).join('; ');
    }
    if (error instanceof Error) {
      return tell(show(error.message || error.name));
    }
    return tell(show(error));
  });
}

/** Where an error comes from, for the log. Never throws. */
export function stackOf(error: unknown): string {
  return attempt(() => (error instanceof Error && error.stack ? tell(show(error.stack)) : ''));
}

/** Data of somebody's as it can be put into JSON, without passwords. Never throws. */
export function presentable(data: object = {}): object {
  const copy = attempt(() => {
    const json = JSON.stringify(data, (_, each: unknown) =>
      typeof each === 'bigint' ? String(each) : each,
    );
    return JSON.parse(json, (name, each: unknown) => {
      if (isSecret(name) && each !== null && typeof each !== 'boolean') return '***';
      return typeof each === 'string' ? tell(each) : each;
    }) as object;
  });
  return typeof copy === 'string' ? { data: copy } : copy;
}

// A driver may quote the whole of a statement.
const LONGEST = 4_000;

function tell(text: string): string {
  // A secret that is cut in two is not told any more.
  const told = redact(text.slice(0, 2 * LONGEST));
  return told.length > LONGEST ? `${told.slice(0, LONGEST)}…` : told;
}

const show = (value: unknown) => (typeof value === 'string' ? value : inspect(value));

function attempt<T>(make: () => T): T | string {
  try {
    return make();
  } catch {
    return 'cannot be shown';
  }
}
