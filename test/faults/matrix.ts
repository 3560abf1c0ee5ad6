import type { Resource, ResourceName } from './resources.js';

/** How long a check may take in these tests. */
export const TIMEOUT_MS = 500;

const unreachable = { database: 'cannot connect to database.', cache: 'cannot connect to cache.' };
const late = `no answer within ${TIMEOUT_MS} ms.`;
const invalid = 'invalid response.';

type Sentences = Partial<Record<ResourceName, string>>;
const each = (database: string, cache: string): Sentences => ({
  postgres: database,
  mariadb: database,
  memcached: cache,
});
const refused = each(unreachable.database, unreachable.cache);
const hung = each(late, late);

export interface Fault {
  readonly name: string;
  /** What the probe says while it lasts; a resource that is not named does not know the fault. */
  readonly says: Sentences;
  inflict(resource: Resource): Promise<void> | void;
  heal(resource: Resource): Promise<void> | void;
  /** Whether the app's pool has an idle connection when the fault comes. Default: it has. */
  readonly cold?: boolean;
  /** Whether probes wait for their deadline: asked in fewer rows then. */
  readonly slow?: boolean;
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'server stopped',
    says: refused,
    inflict: ({ server }) => server.stop(),
    heal: ({ server }) => server.start(),
  },
  {
    name: 'server killed',
    says: refused,
    inflict: ({ server }) => server.kill(),
    heal: ({ server }) => server.start(),
  },
  {
    name: 'server suspended, with a pooled connection',
    says: hung,
    slow: true,
    inflict: ({ server }) => server.suspend(),
    heal: ({ server }) => server.resume(),
  },
  {
    name: 'server suspended, with no connection yet',
    says: hung,
    slow: true,
    cold: true,
    inflict: ({ server }) => server.suspend(),
    heal: ({ server }) => server.resume(),
  },
  {
    name: 'packets lost, with a pooled connection',
    says: hung,
    slow: true,
    inflict: ({ proxy }) => void (proxy.mode = 'stall'),
    heal: ({ proxy }) => void (proxy.mode = 'forward'),
  },
  {
    name: 'packets lost, with no connection yet',
    says: hung,
    slow: true,
    cold: true,
    inflict: ({ proxy }) => void (proxy.mode = 'stall'),
    heal: ({ proxy }) => void (proxy.mode = 'forward'),
  },
  {
    name: 'every connection reset',
    says: refused,
    inflict: ({ proxy }) => void (proxy.mode = 'reset'),
    heal: ({ proxy }) => void (proxy.mode = 'forward'),
  },
  {
    name: 'every connection half closed',
    says: refused,
    inflict: ({ proxy }) => void (proxy.mode = 'close'),
    heal: ({ proxy }) => void (proxy.mode = 'forward'),
  },
  {
    name: 'slower than the deadline',
    says: hung,
    slow: true,
    inflict: ({ proxy }) => void (proxy.delayMs = TIMEOUT_MS * 3),
    heal: ({ proxy }) => void (proxy.delayMs = 0),
  },
];
void invalid;
