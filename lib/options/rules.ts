import { invalidOptionError, unknownOptionError } from '../health.errors.js';
import { LONGEST_TIMER_MS } from '../checks/deadline.js';

/** The allowed values of an option: the words for the error, and the test. */
export interface Rule {
  readonly allowed: string;
  readonly accepts: (value: unknown) => boolean;
}

/** @throws {HealthOptionsError} naming the first option that is unknown or breaks its rule, its value and what is allowed */
export function validate<Rules extends Readonly<Record<string, Rule>>>(
  rules: Rules,
  options: object,
  prefix = '',
  required: readonly (keyof Rules)[] = [],
): void {
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, key)) {
      throw unknownOptionError(`${prefix}${key}`, value, Object.keys(rules));
    }
  }
  // By the rules, since an instance of a class may have options from its prototype.
  for (const [key, rule] of Object.entries(rules)) {
    const value = (options as Record<string, unknown>)[key];
    if ((value !== undefined || required.includes(key)) && !rule.accepts(value)) {
      throw invalidOptionError(`${prefix}${key}`, value, rule.allowed);
    }
  }
}

// The characters of a path that have no other meaning to a router or a client.
const PATH = /^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+\/?$/;

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const hasFunctions = (value: unknown, ...methods: readonly string[]): boolean =>
  isObject(value) &&
  methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');

const isPath = (value: unknown) => typeof value === 'string' && PATH.test(value);
const isName = (value: unknown) => typeof value === 'string' && value !== '';
const isWithin = (value: unknown, from: number, to: number) =>
  typeof value === 'number' && value >= from && value <= to;

const isWhole = (value: unknown, from: number, to: number) =>
  Number.isInteger(value) && isWithin(value, from, to);

const PATH_FORM = "an absolute path of letters, digits and - . _ ~, such as '/healthz'";

export const anObject: Rule = { allowed: 'an object', accepts: isObject };

export const objectOrFalse: Rule = {
  allowed: 'an object or false',
  accepts: (value) => value === false || isObject(value),
};

export const trueOrFalse: Rule = {
  allowed: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};

export const pathObjectOrFalse: Rule = {
  allowed: `${PATH_FORM}, an object, or false`,
  accepts: (value) => value === false || isPath(value) || isObject(value),
};

export const pathOrFalse: Rule = {
  allowed: `${PATH_FORM}, or false`,
  accepts: (value) => value === false || isPath(value),
};

export const pathOrPaths: Rule = {
  allowed: `${PATH_FORM}, or an array of them`,
  accepts: (value) =>
    Array.isArray(value) ? value.length > 0 && value.every(isPath) : isPath(value),
};

export const names: Rule = {
  allowed: 'an array of names',
  accepts: (value) => Array.isArray(value) && value.every(isName),
};

export const namesOrTrue: Rule = {
  allowed: `${names.allowed}, or true`,
  accepts: (value) => value === true || names.accepts(value),
};

export const milliseconds: Rule = {
  allowed: `a number of milliseconds above 0, at most ${LONGEST_TIMER_MS}`,
  accepts: (value) => isWithin(value, Number.MIN_VALUE, LONGEST_TIMER_MS),
};

export const millisecondsOrZero: Rule = {
  allowed: `a number of milliseconds from 0 to ${LONGEST_TIMER_MS}`,
  accepts: (value) => isWithin(value, 0, LONGEST_TIMER_MS),
};

export const port: Rule = {
  allowed: 'a port number from 0 to 65535',
  accepts: (value) => isWhole(value, 0, 65_535),
};

export const nonEmpty: Rule = { allowed: 'a text that is not empty', accepts: isName };

export const wholeNumber = (from: number, to: number): Rule => ({
  allowed: `a whole number from ${from} to ${to}`,
  accepts: (value) => isWhole(value, from, to),
});

export const oneOf = (...allowed: readonly string[]): Rule => ({
  allowed: allowed.map((value) => `'${value}'`).join(' or '),
  accepts: (value) => allowed.includes(value as string),
});
