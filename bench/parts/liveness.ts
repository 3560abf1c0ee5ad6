import type { Claim, Part, Table } from '../support/part.js';
import { around, thousands } from '../support/format.js';
import { interleave, ratio, type Summary, summarize } from '../support/statistics.js';
import { type Measured, TestServer } from '../support/test-server.js';

const PEERS = {
  Express: ['Terminus controller', '@godaddy/terminus'],
  Fastify: ['Terminus controller', '@fastify/under-pressure'],
};
const FLOORS = ['bare middleware', 'bare middleware, no headers'];
const ALONE = ['node:http', 'lightship'];
const LIMITS: Record<string, number> = {
  'Express: bare middleware': 0.95,
  'Fastify: bare middleware': 0.95,
  'Express: Terminus controller': 1.6,
  'Fastify: Terminus controller': 1.2,
};
const FRAMEWORKS = ['Express', 'Fastify'] as const;
const CONNECTIONS = { 'keep-alive': false, 'new connections': true };
const CLIENTS = 16;

const NAMES = [
  ...FRAMEWORKS.flatMap((framework) =>
    ['nestjs-healthz', ...FLOORS, ...PEERS[framework]].map((peer) => `${framework}: ${peer}`),
  ),
  ...ALONE,
];

export const liveness: Part = {
  title: '`/healthz`: requests per second',
  how: `${CLIENTS} clients at a time, each with its next request when it has the answer to the last.`,
  async run({ rounds, sliceMs }, loader) {
    const servers = new Map<string, TestServer>();
    for (const name of NAMES) servers.set(name, await TestServer.start('liveness', name));
    const claims: Claim[] = [];
    const tables: Table[] = [];
    for (const [connections, reconnect] of Object.entries(CONNECTIONS)) {
      const ask = (name: string, server: TestServer) => () =>
        server.under(loader, {
          path: name === 'lightship' ? '/live' : '/healthz',
          clients: CLIENTS,
          forMs: sliceMs,
          reconnect,
        });
      const measured = await interleave(
        rounds,
        Object.fromEntries([...servers].map(([name, server]) => [name, ask(name, server)])),
      );
      claims.push(...claimsOf(measured, connections));
      tables.push(tableOf(measured, connections));
    }
    for (const server of servers.values()) server.stop();
    return { claims, tables };
  },
};

type Measurements = Record<string, Measured[]>;
const pick = (measured: Measurements, name: string, key: 'perSecond' | 'cpuUs') =>
  (measured[name] ?? []).map((each) => each[key]);

function claimsOf(measured: Measurements, connections: string): Claim[] {
  const rateOf = (name: string) => pick(measured, name, 'perSecond');
  return FRAMEWORKS.flatMap((framework) => {
    const ours = rateOf(`${framework}: nestjs-healthz`);
    const peers = [...FLOORS, ...PEERS[framework]].map((peer) => `${framework}: ${peer}`);
    return [
      ...[...peers, ...ALONE].map((peer) => ({
        what: `${framework}, ${connections}: of ${peer.replace(`${framework}: `, '')}`,
        value: ratio(ours, rateOf(peer)),
        limit: LIMITS[peer] ? { atLeast: LIMITS[peer] } : undefined,
      })),
      {
        what: `${framework}, ${connections}: node:http of Terminus controller`,
        value: ratio(rateOf('node:http'), rateOf(`${framework}: Terminus controller`)),
      },
    ];
  });
}

function tableOf(measured: Measurements, connections: string): Table {
  const row = (name: string) => {
    const rate = summarize(pick(measured, name, 'perSecond'));
    const cpu: Summary = summarize(pick(measured, name, 'cpuUs'));
    return [name, around(rate, thousands), around(cpu)];
  };
  return {
    head: [connections, 'requests/s', 'CPU µs/request'],
    rows: NAMES.map(row),
  };
}
