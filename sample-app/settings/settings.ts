export interface Settings {
  readonly port: number;
  readonly databaseUrl: string | undefined;
  readonly reportingDatabaseUrl: string | undefined;
  /** `host:port` each; empty means that the app brings its own stand-in. */
  readonly memcachedServers: readonly string[];
  readonly sessionSecret: string | undefined;
}

export const SETTINGS = Symbol('SETTINGS');

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  return {
    port: readPort(env.PORT),
    databaseUrl: env.DATABASE_URL || undefined,
    reportingDatabaseUrl: env.REPORTING_DATABASE_URL || undefined,
    memcachedServers: readList(env.MEMCACHED_SERVERS),
    sessionSecret: env.SESSION_SECRET || undefined,
  };
}

function readPort(value: string | undefined): number {
  const port = Number(value || 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PORT must be a whole number from 0 to 65535, not "${value}".`);
  }
  return port;
}

function readList(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
