import { describeChain } from './error-chain.js';
import { isSecret } from './redact.js';

/**
 * Facts about an error and its causes, for `details: 'full'`: the class, the code, the SQLSTATE, the HTTP
 * status, the system call and the address, such as `connect ECONNREFUSED 127.0.0.1:9` or
 * `QueryFailedError 28P01`. Never its message: a message may quote whatever led to the error, and no list
 * of patterns finds every secret in it. The log has the message. Never throws.
 */
export function factsOf(error: unknown): string {
  try {
    return describeChain(error, factsOfOne);
  } catch {
    return '';
  }
}

/**
 * The data of a user's check, for `details: 'full'`: numbers, booleans and words, such as a version, a host
 * or a date. Free text is left out, as that of errors is. Never throws.
 */
export function factsIn(data: object): object {
  try {
    const json = JSON.stringify(data, (name, value: unknown) => {
      if (typeof value === 'bigint') return String(value);
      if (name && !WORD.test(name)) return undefined;
      if (isSecret(name) && value !== null && typeof value !== 'boolean') return '***';
      return typeof value === 'string' ? wordOf(value) : value;
    });
    return JSON.parse(json) as object;
  } catch {
    return {};
  }
}

function factsOfOne(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code, syscall, sqlState, status, statusCode, address, hostname, port } = error as Facts;
  const host = wordOf(address ?? hostname);
  const place = host && port !== undefined ? `${host}:${wordOf(port)}` : host;
  // Node's own errors read as their messages do: `connect ECONNREFUSED 127.0.0.1:9`.
  const facts = syscall
    ? [syscall, code, place]
    : [classOf(error), code, sqlState, status ?? statusCode, place];
  return [...new Set(facts.map(wordOf))].filter(Boolean).join(' ');
}

type Facts = Error & Readonly<Record<string, unknown>>;

const classOf = ({ name, constructor }: Error) =>
  name && name.toLowerCase() !== 'error' ? name : constructor.name;

/** Without `/`, `@` and spaces, a word has no place for a URL, a credential or a sentence. */
const WORD = /^[\w.:%+-]{1,100}$/;

function wordOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && WORD.test(value) ? value : undefined;
}
