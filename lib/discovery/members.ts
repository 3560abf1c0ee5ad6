import { types } from 'node:util';

/** A value and the name of what holds it. */
export interface Member {
  readonly name: string;
  readonly value: unknown;
  /** Whether a list, map or plain object holds it, which an app fills at run time. */
  readonly inContainer: boolean;
}

/** A service may hold a cache of a million entries. */
export const MAX_ENTRIES = 10_000;
// Listing the keys of an object with 100 000 of them takes 80 ms: once is enough.
const oversized = new WeakSet<object>();

/** Receives what holds more entries than are searched. */
export type OnSkipped = (name: string) => void;

/**
 * The objects that a provider's value holds, and those in a list, map or plain object among them:
 * elements of arrays, values of Maps, own data properties. Runs no getter, and enters no instance of
 * another class.
 */
export function* membersOf(name: string, value: unknown, onSkipped: OnSkipped): Generator<Member> {
  for (const member of entriesOf(name, value, onSkipped)) {
    yield member;
    if (isContainer(member.value)) yield* entriesOf(member.name, member.value, onSkipped);
  }
}

function* entriesOf(name: string, holder: unknown, onSkipped: OnSkipped): Generator<Member> {
  const inContainer = isContainer(holder);
  let index = 0;
  try {
    for (const [key, value] of rawEntries(holder, () => onSkipped(name))) {
      if (index === MAX_ENTRIES) return onSkipped(name);
      if (typeof value === 'object' && value !== null) {
        yield { name: `${name}.${isWord(key) ? key : index}`, value, inContainer };
      }
      index += 1;
    }
  } catch {
    // A proxy may throw at any access.
  }
}

function rawEntries(value: unknown, onSkipped: () => void): Iterable<readonly [unknown, unknown]> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  // Not `value.entries()`: a subclass may override it.
  if (types.isMap(value)) return Map.prototype.entries.call(value);
  if (Array.isArray(value)) return Array.prototype.entries.call(value);
  return ownEntries(value, onSkipped);
}

function ownEntries(value: object, onSkipped: () => void): (readonly [string, unknown])[] {
  if (oversized.has(value)) return [];
  const keys = Object.getOwnPropertyNames(value);
  if (keys.length > MAX_ENTRIES) {
    oversized.add(value);
    onSkipped();
    return [];
  }
  return keys.map((key) => [key, Object.getOwnPropertyDescriptor(value, key)?.value]);
}

/** Whether a key is a name that somebody chose: names are in every answer, and a key may be an address. */
const isWord = (key: unknown): key is string => typeof key === 'string' && /^[\w$-]+$/.test(key);

/** Whether a value is a list, a map or a plain object. */
export function isContainer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    if (Array.isArray(value) || types.isMap(value)) return true;
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    return false;
  }
}
