/** A value and the name of what holds it. */
export interface Member {
  readonly name: string;
  readonly value: unknown;
}

// A service may hold a cache of a million entries; whoever holds clients holds few.
const MOST_ENTRIES = 100;

/**
 * What a provider's value holds, and what a list, map or plain object among that holds: elements of
 * arrays, values of Maps, own data properties. Getters are not run, and no other class's instance is
 * entered.
 */
export function* membersOf(holder: Member): Generator<Member> {
  for (const member of entriesOf(holder)) {
    yield member;
    if (isContainer(member.value)) yield* entriesOf(member);
  }
}

function* entriesOf({ name, value }: Member): Generator<Member> {
  let left = MOST_ENTRIES;
  for (const [key, each] of rawEntries(value)) {
    if (left-- === 0) return;
    yield { name: `${name}.${String(key)}`, value: each };
  }
}

function rawEntries(value: unknown): Iterable<[unknown, unknown]> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  if (Array.isArray(value) || value instanceof Map) return value.entries();
  try {
    return Object.entries(Object.getOwnPropertyDescriptors(value)).flatMap(([key, property]) =>
      'value' in property ? [[key, property.value] as [unknown, unknown]] : [],
    );
  } catch {
    // A proxy that throws at a look.
    return [];
  }
}

function isContainer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) || value instanceof Map) return true;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    return false;
  }
}
