import { invalidOption, unknownOption } from '../health.messages.js';

/** What an option may be, in words for the error and as a test. */
export interface Rule {
  readonly allowed: string;
  readonly accepts: (value: unknown) => boolean;
}

/** @throws {Error} naming the first option that is unknown or breaks its rule, its value and what is allowed */
export function obey<Rules extends Readonly<Record<string, Rule>>>(
  rules: Rules,
  options: object,
  prefix = '',
  required: readonly (keyof Rules)[] = [],
): void {
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, key)) {
      throw new Error(unknownOption(`${prefix}${key}`, value, Object.keys(rules)));
    }
  }
  // By the rules, since an instance of a class may have options from its prototype.
  for (const [key, rule] of Object.entries(rules)) {
    const value = (options as Record<string, unknown>)[key];
    if ((value !== undefined || required.includes(key)) && !rule.accepts(value)) {
      throw new Error(invalidOption(`${prefix}${key}`, value, rule.allowed));
    }
  }
}

// Node's timers fire at once for anything longer.
const LONGEST_TIMER_MS = 2 ** 31 - 1;
// As Kubernetes has it: at most 15 of a-z, 0-9 and single hyphens within, one letter at least.
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;
// What a path may be made of without meaning something else to a router, or to a client.
const PATH = /^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+\/?$/;

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPath = (value: unknown) => typeof value === 'string' && PATH.test(value);
const isName = (value: unknown) => typeof value === 'string' && value !== '';
const isCheck = (value: unknown) =>
  typeof value === 'function' || typeof (value as { then?: unknown } | null)?.then === 'function';
const isWithin = (value: unknown, from: number, to: number) =>
  typeof value === 'number' && value >= from && value <= to;

const isWhole = (value: unknown, from: number, to: number) =>
  Number.isInteger(value) && isWithin(value, from, to);

// What no answer shows as something else, and no resource that is found is called.
const CHECK_NAME = /^(?!(db|cache)\.)[\w.-]+$/;

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

export const checkName: Rule = {
  allowed: "letters, digits and - . _, not beginning with 'db.' or 'cache.'",
  accepts: (value) => typeof value === 'string' && CHECK_NAME.test(value),
};

export const checks: Rule = {
  allowed: 'an array of health indicator functions',
  accepts: (value) => Array.isArray(value) && value.every(isCheck),
};

const isAdapter = (value: unknown) =>
  isObject(value) &&
  ['matches', 'servers'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'function',
  );

export const adapters: Rule = {
  allowed: 'an array of objects with the methods matches and servers',
  accepts: (value) => Array.isArray(value) && value.every(isAdapter),
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

const REGISTER_METHODS = ['registerMetric', 'removeSingleMetric', 'getSingleMetric'];

/** Told by its shape, so that nothing of it has to be imported. */
export const metricsRegister: Rule = {
  allowed: "a registry of the 'prom-client' package",
  accepts: (value) =>
    isObject(value) &&
    REGISTER_METHODS.every(
      (name) => typeof (value as Record<string, unknown>)[name] === 'function',
    ),
};

export const nonEmpty: Rule = { allowed: 'a text that is not empty', accepts: isName };

export const errorStatus: Rule = {
  allowed: 'a whole number from 400 to 599',
  accepts: (value) => isWhole(value, 400, 599),
};

/** A port that Kubernetes can ask. */
export const containerPort: Rule = {
  allowed: 'a whole number from 1 to 65535',
  accepts: (value) => isWhole(value, 1, 65_535),
};

export const containerPortOrName: Rule = {
  allowed: `${containerPort.allowed}, or the name of a container port, such as 'http'`,
  accepts: (value) =>
    containerPort.accepts(value) || (typeof value === 'string' && PORT_NAME.test(value)),
};

export const oneOf = (...allowed: readonly string[]): Rule => ({
  allowed: allowed.map((value) => `'${value}'`).join(' or '),
  accepts: (value) => allowed.includes(value as string),
});
