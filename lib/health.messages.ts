/** Every sentence the module says: in a body, in the log, in an error. */

export const DATABASE = {
  notConnected: 'not connected yet.',
  unreachable: 'cannot connect to database.',
  poolBusy: 'connection pool is busy.',
  poolStuck: 'connection pool gives no connections.',
  nodeDeleted: 'removed from the pool cluster.',
} as const;

export const CACHE = {
  unreachable: 'cannot connect to cache.',
  suspended: 'server suspended by the client.',
  dead: 'server given up by the client.',
  removed: 'server removed by the client.',
  failedOver: 'server replaced by a failover server.',
} as const;

export const INVALID_RESPONSE = 'invalid response.';
export const CHECK_FAILED = 'check failed.';
export const SHUTTING_DOWN = 'shutting down.';
export const STARTING = 'starting.';

export const noAnswer = (timeoutMs: number) => `no answer within ${timeoutMs} ms.`;

export const named = (name: string, sentence: string) => `${name}: ${sentence}`;

export const LOG = {
  notUp: (name: string, sentence: string, reason: string) =>
    reason ? `${named(name, sentence)} ${reason}` : named(name, sentence),
  recovered: (name: string, seconds: number) => named(name, `recovered after ${seconds} s.`),
  unknownName: (option: string, name: string, known: readonly string[]) =>
    `${option} names ${quote(name)}, which is not found${
      known.length ? `; there is ${known.map(quote).join(', ')}` : ''
    }. A module loaded later may still bring it.`,
  slowProbes: (worstCaseMs: number) =>
    `A probe answers within ${worstCaseMs} ms at worst; Kubernetes gives up after timeoutSeconds: 1 ` +
    `by default. Set timeoutSeconds: ${Math.ceil(worstCaseMs / 1000) + 1}.`,
} as const;

export const invalidOption = (option: string, value: unknown, allowed: string) =>
  `HealthModule: ${option} is ${show(value)}; allowed: ${allowed}.`;

export const unknownOption = (option: string, value: unknown, known: readonly string[]) =>
  `HealthModule: ${option} (${show(value)}) is not an option; allowed: ${known.join(', ')}.`;

export const notAResource = (option: string, value: unknown, wanted: string) =>
  `${option} is ${show(value)}; needed: ${wanted}.`;

const quote = (name: string) => `'${name}'`;

function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
