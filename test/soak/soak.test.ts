import { Agent, get as send } from 'node:http';
import { setTimeout as pass } from 'node:timers/promises';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import Memcached from 'memcached';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import {
  type MariadbServer,
  type MemcachedServer,
  type PostgresServer,
  startMariadb,
  startMemcached,
  startPostgres,
  startProxy,
  type StallProxy,
  until,
} from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';

const HEALTHY = Number(process.env['SOAK_HEALTHY'] ?? 1_000_000);
const TIMED_OUT = Number(process.env['SOAK_TIMED_OUT'] ?? 20_000);
const AT_ONCE = 50;
const TIMEOUT_MS = 250;
const FRESH_MS = 5;
const POOL_SIZE = 3;
// What V8 may keep for itself after so many requests: code, shapes, caches.
const HEAP_SLACK_BYTES = 6 * 2 ** 20;

let postgres: PostgresServer;
let mariadb: MariadbServer;
let memcached: MemcachedServer;
let proxies: StallProxy[];

beforeAll(async () => {
  [postgres, mariadb, memcached] = await Promise.all([
    startPostgres(),
    startMariadb(),
    startMemcached(),
  ]);
  proxies = await Promise.all([postgres, mariadb, memcached].map(({ port }) => startProxy(port)));
});
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await Promise.all([postgres, mariadb, memcached].map((server) => server.dispose()));
});

it(`leaves nothing after ${HEALTHY} healthy and ${TIMED_OUT} timed-out probes`, async () => {
  const [pg, my, mc] = proxies.map(({ port }) => port);
  const database = (
    server: PostgresServer | MariadbServer,
    port: number | undefined,
    name = 'default',
  ) =>
    TypeOrmModule.forRoot({
      ...server.typeorm(),
      port,
      poolSize: POOL_SIZE,
      name,
    } as TypeOrmModuleOptions);
  const client = new Memcached(`127.0.0.1:${mc}`);
  const { app, port } = await probedApp(
    {
      imports: [database(postgres, pg), database(mariadb, my, 'other')],
      providers: [{ provide: 'CACHE', useValue: client }],
    },
    // Every hundredth probe or so really asks.
    { timeoutMs: TIMEOUT_MS, freshMs: FRESH_MS },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  onTestFinished(() => agent.destroy());
  const probe = () => statusOf(port, agent);

  await probeMany(HEALTHY / 20, 200, probe); // until V8 has compiled what there is to compile
  const before = await measure();

  await probeMany(HEALTHY, 200, probe);
  for (let left = TIMED_OUT; left > 0; left -= AT_ONCE) {
    for (const proxy of proxies) proxy.mode = 'stall';
    await pass(2 * FRESH_MS); // a result from before is shared so long
    await probeMany(AT_ONCE, 503, probe);
    for (const proxy of proxies) proxy.mode = 'forward';
    await until('all is well again', async () => (await probe()) === 200);
  }

  const after = await measure();
  console.log({ before, after });
  expect(after.heap - before.heap).toBeLessThan(HEAP_SLACK_BYTES);
  expect(after.connections).toBeLessThanOrEqual(2 * POOL_SIZE);
  await until('as many sockets and timers as before', async () => {
    const { sockets, timers } = await measure();
    return sockets <= before.sockets && timers <= before.timers;
  });
  await app.close();
  await until('the servers have lost the app', async () => (await connections()) === 0);
});

/** So many probes, some at once, each with the same status. */
async function probeMany(count: number, status: number, probe: () => Promise<number>) {
  let left = Math.ceil(count);
  const prober = async () => {
    while (left-- > 0) {
      const got = await probe();
      if (got !== status) throw new Error(`${got} instead of ${status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, prober));
}

function statusOf(port: number, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    send({ port, host: '127.0.0.1', path: '/readiness', agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', reject);
  });
}

async function measure() {
  globalThis.gc?.();
  globalThis.gc?.();
  const resources = process.getActiveResourcesInfo();
  return {
    heap: process.memoryUsage().heapUsed,
    sockets: resources.filter((type) => /TCP|Pipe/.test(type)).length,
    timers: resources.filter((type) => type === 'Timeout').length,
    connections: await connections(),
  };
}

const connections = async () =>
  (await postgres.connections()) +
  (await mariadb.connections()) +
  (await memcached.currConnections());
