import type { EventEmitter } from 'node:events';
import Memcached from 'memcached';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startMariadb,
  startMemcached,
  startPostgres,
  startProxy,
  type StallProxy,
  until,
} from '../servers/index.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';
import { answersIn, exchange } from '../support/request.js';
import { provided } from './kinds.js';

const REQUESTS = 1_000;
const SOCKETS = 10;
const PATIENT = { timeoutMs: 60_000 };

interface PgPool extends EventEmitter {
  readonly totalCount: number;
}
interface MysqlPool extends EventEmitter {
  readonly _allConnections: { readonly length: number };
}

const requestThen = (connection: string) =>
  `GET /readiness HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`;

/** Readiness requests, all of them asked before the first one is answered. */
function askForAll({ port }: ProbedApp): Promise<{ status: number; body: string }[]> {
  const pipelined = requestThen('keep-alive').repeat(REQUESTS / SOCKETS - 1) + requestThen('close');
  const streams = Array.from({ length: SOCKETS }, async () =>
    answersIn(await exchange(port, pipelined)),
  );
  return Promise.all(streams).then((answers) => answers.flat());
}

/** Asks while the server is stalled, lets it go on once all have asked, and expects only OK. */
async function expectAllAnswered(app: ProbedApp, proxy: StallProxy): Promise<void> {
  let asked = 0;
  app.app.getHttpServer().on('request', () => asked++);
  proxy.mode = 'stall';
  const answers = askForAll(app);
  await until('all have asked', () => asked === REQUESTS);
  proxy.mode = 'forward';
  const said = (await answers).map(({ status, body }) => `${status} ${body}`);
  expect(said).toHaveLength(REQUESTS);
  expect(new Set(said)).toEqual(new Set(['200 OK']));
}

describe.each([
  ['postgres', startPostgres],
  ['mariadb', startMariadb],
])('%s', (_, start) => {
  let server: Awaited<ReturnType<typeof start>>;
  let proxy: StallProxy;
  beforeAll(async () => {
    server = await start();
    proxy = await startProxy(server.port);
  });
  afterAll(async () => {
    await proxy.close();
    await server.dispose();
  });

  it.each([
    ['an idle connection in the pool', 1],
    ['an empty pool', 0],
  ])('is pinged once for 1 000 concurrent requests, with %s', async (__, idle) => {
    const options = { ...server.typeorm(), port: proxy.port } as DataSourceOptions;
    const app = await probedApp({ providers: [provided(options)] }, PATIENT);
    const { driver } = await app.app.get(DataSource).initialize();
    const { master, pool } = driver as { master?: PgPool; pool?: MysqlPool };
    const connections = () => master?.totalCount ?? pool?._allConnections.length;
    expect(connections()).toBe(1);
    if (!idle) {
      proxy.mode = 'reset';
      await until('the pool is empty', () => connections() === 0);
      proxy.mode = 'forward';
    }
    let acquired = 0;
    (master ?? pool)?.on('acquire', () => acquired++);
    await expectAllAnswered(app, proxy);
    expect(acquired).toBe(1);
    expect(proxy.connections).toBe(1);
  });
});

describe('memcached', () => {
  it('is pinged once for 1 000 concurrent requests', async () => {
    const server = await startMemcached();
    const proxy = await startProxy(server.port);
    try {
      const client = new Memcached(`127.0.0.1:${proxy.port}`);
      const app = await probedApp({ providers: [{ provide: 'CACHE', useValue: client }] }, PATIENT);
      let most = 0;
      const count = setInterval(() => (most = Math.max(most, proxy.connections)), 1);
      await expectAllAnswered(app, proxy);
      clearInterval(count);
      expect(most).toBe(1);
    } finally {
      await proxy.close();
      await server.dispose();
    }
  });
});
