/** A field of an object itself, read without running a getter. */
export const ownData = (value: object, name: string): unknown =>
  Object.getOwnPropertyDescriptor(value, name)?.value;

export const isObjectOrArray = (value: unknown): value is object =>
  typeof value === 'object' && value !== null;

/** Whether an object has these methods, its own or inherited, found without running a getter. */
export const hasMethods = (value: object, ...names: string[]): boolean =>
  names.every((name) => typeof inheritedData(value, name) === 'function');

function inheritedData(value: object, name: string): unknown {
  for (let owner: object | null = value; owner; owner = Object.getPrototypeOf(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, name);
    if (property) return property.value;
  }
  return undefined;
}
