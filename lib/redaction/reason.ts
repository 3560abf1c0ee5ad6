import { inspect } from 'node:util';
import { isSecret, redact } from './redact.js';

/**
 * The message of an error and of its causes, for the log and for `details: 'full'`, such as
 * `fetch failed: connect ECONNREFUSED 127.0.0.1:9`. Anything can be thrown: never throws.
 */
export const reasonOf = (error: unknown): string =>
  attempt(() => tell(messagesOf(error, new Set()).join(': ')));

// A cause may lead back to its error.
function messagesOf(error: unknown, seen: Set<unknown>): string[] {
  if (!(error instanceof Error)) return [show(error)];
  if (seen.has(error) || seen.size >= MAX_CAUSES) return [];
  seen.add(error);
  // `net.connect` throws one without a message for a host with several addresses.
  const parts = error instanceof AggregateError ? error.errors : [];
  const own = show(error.message || (parts.length ? '' : error.name));
  const nested = parts.map((part) => messagesOf(part, seen).join(': ')).join('; ');
  const cause = error.cause === undefined ? [] : messagesOf(error.cause, seen);
  return [own, nested, ...cause.filter((message) => !own.includes(message))].filter(Boolean);
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

const MAX_CAUSES = 10;

// A driver may quote the whole of a statement.
const LONGEST = 4_000;

function tell(text: string): string {
  // Redact before truncating: half a secret would no longer match. What lies next to the cut is left
  // out, since it may be half of one.
  const isCut = text.length > 2 * LONGEST;
  const redacted = redact(text.slice(0, 2 * LONGEST));
  const shown = isCut ? redacted.slice(0, -LONGEST / 2) : redacted;
  return isCut || shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

const show = (value: unknown) => (typeof value === 'string' ? value : inspect(value));

function attempt<T>(make: () => T): T | string {
  try {
    return make();
  } catch {
    return 'cannot be shown';
  }
}
