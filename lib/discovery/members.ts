import { types } from 'node:util';

/** A value and the name of what holds it. */
export interface Member {
  readonly name: string;
  readonly value: unknown;
}

// A service may hold a cache of a million entries; whoever holds clients holds few.
const MOST_ENTRIES = 100;
// To list the keys of an object with 100 000 of them takes 80 ms, so that is done once.
const tooBig = new WeakSet<object>();

/**
 * What a provider's value holds, and what a list, map or plain object among that holds: elements of
 * arrays, values of Maps, own data properties, as far as they are objects. Getters are not run, and no
 * other class's instance is entered.
 */
export function* membersOf(holder: Member): Generator<Member> {
  for (const member of entriesOf(holder)) {
    yield member;
    if (isContainer(member.value)) yield* entriesOf(member);
  }
}

function entriesOf({ name, value }: Member): Member[] {
  try {
    return rawEntries(value)
      .map(([key, each], index) => ({ name: `${name}.${isWord(key) ? key : index}`, value: each }))
      .filter((member) => typeof member.value === 'object' && member.value !== null);
  } catch {
    // A proxy that throws at a look, or a key without a name.
    return [];
  }
}

function rawEntries(value: unknown): (readonly [unknown, unknown])[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  if (types.isMap(value)) return [...first(value.entries())];
  if (Array.isArray(value)) return [...first(value.entries())];
  if (tooBig.has(value)) return [];
  const keys = Object.getOwnPropertyNames(value);
  if (keys.length > MOST_ENTRIES) {
    tooBig.add(value);
    return [];
  }
  return keys.map((key) => [key, Object.getOwnPropertyDescriptor(value, key)?.value]);
}

function* first<T>(all: Iterable<T>): Generator<T> {
  let left = MOST_ENTRIES;
  for (const each of all) {
    if (left-- === 0) return;
    yield each;
  }
}

/** Whether a key is somebody's choice of a name: names are in every answer, and a key may be an address. */
const isWord = (key: unknown): key is string => typeof key === 'string' && /^[\w$-]+$/.test(key);

function isContainer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return (
      Array.isArray(value) ||
      types.isMap(value) ||
      [Object.prototype, null].includes(prototype as null)
    );
  } catch {
    return false;
  }
}
