export interface Settings {
  readonly port: number;
  readonly databaseUrl: string | undefined;
  readonly reportingDatabaseUrl: string | undefined;
  /** `host:port` each; empty means that the app brings its own stand-in. */
  readonly memcachedServers: readonly string[];
  readonly sessionSecret: string | undefined;
  /** How long the app still serves when it is to end, until no new requests come its way. */
  readonly drainMs: number;
  /** The probes have it to themselves, beside the app's own. */
  readonly probePort: number | undefined;
}

export const SETTINGS = Symbol('SETTINGS');

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  return {
    port: readWhole('PORT', env.PORT || '3000', 65_535),
    databaseUrl: env.DATABASE_URL || undefined,
    reportingDatabaseUrl: env.REPORTING_DATABASE_URL || undefined,
    memcachedServers: readList(env.MEMCACHED_SERVERS),
    sessionSecret: env.SESSION_SECRET || undefined,
    drainMs: readWhole('DRAIN_MS', env.DRAIN_MS || '0', 600_000),
    probePort: env.PROBE_PORT ? readWhole('PROBE_PORT', env.PROBE_PORT, 65_535) : undefined,
  };
}

function readWhole(name: string, value: string, most: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > most) {
    throw new Error(`${name} must be a whole number from 0 to ${most}, not "${value}".`);
  }
  return number;
}

function readList(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
