import type { Claim, Part, Table } from '../support/part.js';
import { around, thousands } from '../support/format.js';
import type { Load, Loader } from '../support/load.js';
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
const ROUNDS_OF_A_PROCESS = 5;

const NAMES = [
  ...FRAMEWORKS.flatMap((framework) =>
    ['nestjs-healthz', ...FLOORS, ...PEERS[framework]].map((peer) => `${framework}: ${peer}`),
  ),
  ...ALONE,
];

export const liveness: Part = {
  title: '`/healthz`: requests per second',
  how:
    `${CLIENTS} clients at a time, each with its next request when it has the answer to the last. Every server is started` +
    ' anew from time to time, since two processes of the same code may be a tenth apart for as long as they live.',
  async run({ rounds, sliceMs }, loader) {
    const claims: Claim[] = [];
    const tables: Table[] = [];
    for (const [connections, reconnect] of Object.entries(CONNECTIONS)) {
      const load = { clients: CLIENTS, forMs: sliceMs, reconnect };
      const measured: Measurements = {};
      for (let done = 0; done < rounds; done += ROUNDS_OF_A_PROCESS) {
        const found = await measure(load, loader);
        for (const name of NAMES) (measured[name] ??= []).push(...(found[name] ?? []));
      }
      claims.push(...claimsOf(measured, connections));
      tables.push(tableOf(measured, connections));
    }
    return { claims, tables };
  },
};

type Measurements = Record<string, Measured[]>;

/** Some rounds with servers of their own. */
async function measure(load: Omit<Load, 'port' | 'path'>, loader: Loader): Promise<Measurements> {
  const servers = new Map<string, TestServer>();
  for (const name of NAMES) servers.set(name, await TestServer.start('liveness', name));
  const send = (name: string, server: TestServer) => () =>
    server.under(loader, { ...load, path: name === 'lightship' ? '/live' : '/healthz' });
  const measured = await interleave(
    ROUNDS_OF_A_PROCESS,
    Object.fromEntries([...servers].map(([name, server]) => [name, send(name, server)])),
  );
  for (const server of servers.values()) server.stop();
  return measured;
}

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
