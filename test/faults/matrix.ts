import { BlackHole } from '../servers/index.js';
import { resolver } from './resolver.js';
import type { Resource, ResourceName } from './resources.js';

/** How long a check may take in these tests. */
export const TIMEOUT_MS = 700;

const OK = 'OK';
const unreachable = {
  postgres: 'cannot connect to database.',
  mariadb: 'cannot connect to database.',
  memcached: 'cannot connect to cache.',
};
const late = `no answer within ${TIMEOUT_MS} ms.`;
export const HUNG = { postgres: late, mariadb: late, memcached: late };
const ready = { postgres: OK, mariadb: OK, memcached: OK };

/** A fault, and the expected sentence of each resource that can have it. */
export interface Fault {
  readonly name: string;
  readonly expected: Partial<Record<ResourceName, string>>;
  inflict(resource: Resource): unknown;
  heal(resource: Resource): unknown;
  /** Whether the app's pool keeps no idle connection, so that each probe needs a new one. */
  readonly cold?: boolean;
  /** Whether each probe waits for its deadline: fewer are asked in a row then. */
  readonly slow?: boolean;
}

type Healing = Pick<Fault, 'inflict' | 'heal'>;
type Mode = 'stall' | 'reset' | 'close';

const network = (mode: Mode): Healing => ({
  inflict: ({ proxy }) => (proxy.mode = mode),
  heal: ({ proxy }) => (proxy.mode = 'forward'),
});
const resolverThat = (mode: 'fails' | 'hangs'): Healing => ({
  inflict: () => (resolver.mode = mode),
  heal: () => resolver.heal(),
});
const cutAfter = (after: number, mode: 'reset' | 'close'): Healing => ({
  inflict: ({ proxy }) => (proxy.cut = { after, mode }),
  heal: ({ proxy }) => (proxy.cut = undefined),
});
const delay = (delayMs: number): Healing => ({
  inflict: ({ proxy }) => (proxy.delayMs = delayMs),
  heal: ({ proxy }) => (proxy.delayMs = 0),
});
const suspended: Healing = {
  inflict: ({ server }) => server.suspend(),
  // It has first to take, and lose, each connection that was given up meanwhile, one for each probe.
  async heal({ server, connect }) {
    server.resume();
    await connect();
  },
};
const sql = (to: { postgres: string[]; mariadb: string[] }, back: typeof to): Healing => {
  const run = async (resource: Resource, statements: typeof to) => {
    if (resource.name === 'memcached') return;
    for (const statement of statements[resource.name]) await resource.server.query(statement);
  };
  return { inflict: (resource) => run(resource, to), heal: (resource) => run(resource, back) };
};

const password = sql(
  {
    postgres: [`ALTER ROLE app PASSWORD 'other'`],
    mariadb: [`ALTER USER app@'127.0.0.1' IDENTIFIED BY 'other'`],
  },
  {
    postgres: [`ALTER ROLE app PASSWORD 'pg-s3cret'`],
    mariadb: [`ALTER USER app@'127.0.0.1' IDENTIFIED BY 'my-s3cret'`],
  },
);
const limit = sql(
  {
    postgres: [`ALTER ROLE app CONNECTION LIMIT 0`],
    mariadb: [`ALTER USER app@'127.0.0.1' WITH MAX_USER_CONNECTIONS -1`],
  },
  {
    postgres: [`ALTER ROLE app CONNECTION LIMIT -1`],
    mariadb: [`ALTER USER app@'127.0.0.1' WITH MAX_USER_CONNECTIONS 0`],
  },
);

let hole: BlackHole | undefined;
const droppedSyn: Healing = {
  async inflict({ proxy }) {
    await proxy.close();
    hole = await BlackHole.open(proxy.port);
  },
  async heal({ proxy }) {
    await hole?.close();
    await proxy.listen();
  },
};

export const FAULTS: readonly Fault[] = [
  {
    name: 'server stopped',
    expected: unreachable,
    inflict: ({ server }) => server.stop(),
    heal: ({ server }) => server.start(),
  },
  {
    name: 'server killed',
    expected: unreachable,
    inflict: ({ server }) => server.kill(),
    heal: ({ server }) => server.start(),
  },
  {
    name: 'server restarted between probes',
    expected: ready,
    async inflict({ server }) {
      await server.kill();
      await server.start();
    },
    heal: () => {},
  },
  // A memcached server is dialled at its last address, as the client uses its connections.
  {
    name: 'host name does not resolve',
    expected: { ...unreachable, memcached: OK },
    cold: true,
    ...resolverThat('fails'),
  },
  {
    name: 'resolver hangs',
    expected: { ...HUNG, memcached: OK },
    cold: true,
    slow: true,
    ...resolverThat('hangs'),
  },
  { name: 'server suspended, a connection is pooled', expected: HUNG, slow: true, ...suspended },
  {
    name: 'server suspended, none is pooled',
    expected: HUNG,
    cold: true,
    slow: true,
    ...suspended,
  },
  { name: 'packets lost on pooled connections', expected: HUNG, slow: true, ...network('stall') },
  {
    name: 'packets lost on new connections',
    expected: HUNG,
    cold: true,
    slow: true,
    ...network('stall'),
  },
  { name: 'no connection comes about', expected: HUNG, cold: true, slow: true, ...droppedSyn },
  { name: 'connections reset', expected: unreachable, ...network('reset') },
  { name: 'connections half closed', expected: unreachable, ...network('close') },
  ...cutInExchange('reset'),
  ...cutInExchange('close'),
  { name: 'slow but alive', expected: ready, slow: true, ...delay(TIMEOUT_MS / 2) },
  { name: 'slower than the deadline', expected: HUNG, slow: true, ...delay(TIMEOUT_MS * 3) },
  {
    name: 'wrong password',
    expected: { postgres: unreachable.postgres, mariadb: unreachable.mariadb },
    cold: true,
    ...password,
  },
  {
    name: 'server at its limit of connections',
    expected: { postgres: unreachable.postgres, mariadb: unreachable.mariadb },
    cold: true,
    ...limit,
  },
  {
    name: 'login revoked, a connection is pooled',
    expected: { postgres: OK, mariadb: OK },
    ...password,
  },
];

/** Before the answer PostgreSQL sends three packets to a new connection, and MariaDB two. */
function cutInExchange(mode: 'reset' | 'close'): Fault[] {
  const end = mode === 'reset' ? 'reset' : 'half closed';
  const { postgres, mariadb } = unreachable;
  return [1, 2, 3].map((after) => ({
    name: `connections ${end} in the exchange, at the server's packet ${after}`,
    expected: after < 3 ? { postgres, mariadb } : { postgres },
    cold: true,
    ...cutAfter(after, mode),
  }));
}
