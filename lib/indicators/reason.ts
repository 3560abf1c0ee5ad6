import { inspect } from 'node:util';

/** What an error says in one line, for the log and for `details: 'full'`. */
export function reasonOf(error: unknown): string {
  // What `net.connect` gives for a host with several addresses has no message of its own.
  if (error instanceof AggregateError && !error.message) {
    return error.errors.map(reasonOf).join('; ');
  }
  if (error instanceof Error) {
    return redact(error.message || error.name);
  }
  return redact(typeof error === 'string' ? error : inspect(error));
}

/** Takes the password out of any URL in a text. */
export const redact = (text: string) => text.replace(/(\w:\/\/[^\s:/@]*):[^\s@]*@/g, '$1:***@');
