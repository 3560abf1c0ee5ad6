import { inspect } from 'node:util';
import { describeChain } from './error-chain.js';
import { redact } from './redact.js';

/**
 * The message of an error and of its causes, for the log, such as
 * `fetch failed: connect ECONNREFUSED 127.0.0.1:9`. Anything can be thrown: never throws.
 */
export const reasonOf = (error: unknown): string =>
  attempt(() => shorten(describeChain(error, messageOf)));

/** Where an error comes from, for the log. Never throws. */
export const stackOf = (error: unknown): string =>
  attempt(() => (error instanceof Error && error.stack ? shorten(show(error.stack)) : ''));

function messageOf(error: unknown): string {
  if (error === undefined) return '';
  return show(error instanceof Error ? error.message || error.name : error);
}

// A driver may quote the whole of a statement.
const LONGEST = 4_000;

function shorten(text: string): string {
  // Redact before truncating: half a secret would no longer match. The text next to the cut is left out,
  // since it may be half of one.
  const isCut = text.length > 2 * LONGEST;
  const redacted = redact(text.slice(0, 2 * LONGEST));
  const shown = isCut ? redacted.slice(0, -LONGEST / 2) : redacted;
  return isCut || shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

const show = (value: unknown) => (typeof value === 'string' ? value : inspect(value));

function attempt(make: () => string): string {
  try {
    return make();
  } catch {
    return 'cannot be shown';
  }
}
