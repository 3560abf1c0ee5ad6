import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  startMariadb,
  startPostgres,
  startProxy,
  type StallProxy,
  until,
} from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';
import { look } from './fields.js';

const OK = '200 OK';
const TIMEOUT_MS = 50;
const LATE = `503 db.default: no answer within ${TIMEOUT_MS} ms.`;

/** The same pool without its private lists: what a driver that has renamed them looks like. */
function renamed(pool: Record<string, any>): object {
  const methods = ['connect', 'getConnection', 'end', 'on', 'once', 'removeListener', 'query'];
  return Object.fromEntries(
    methods.flatMap((name) => (pool[name] ? [[name, pool[name].bind(pool)]] : [])),
  );
}

/** As mysql2 keeps its lists. */
const list = (...items: object[]) => ({
  length: items.length,
  get: (n: number) => items[n],
});

describe.each([
  ['postgres', startPostgres, 'master'],
  ['mariadb', startMariadb, 'pool'],
])('%s, in a pool that is not recognised', (_, start, field) => {
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

  async function connected(): Promise<DataSource> {
    const options = { ...server.typeorm(), port: proxy.port, poolSize: 3 } as DataSourceOptions;
    const dataSource = await new DataSource(options).initialize();
    onTestFinished(() => dataSource.destroy());
    const { driver } = dataSource;
    look(driver)[field] = renamed(look(driver)[field]);
    return dataSource;
  }

  it('is pinged through dataSource.query, and is not taken for a server that is gone', async () => {
    const dataSource = await connected();
    const query = vi.spyOn(dataSource, 'query');
    const app = await probedApp({ providers: [{ provide: DataSource, useValue: dataSource }] });
    expect(await app.fetchReadiness()).toBe(OK);
    expect(query.mock.calls).toEqual([['SELECT 1']]);

    proxy.mode = 'reset';
    expect(await app.fetchReadiness()).toBe('503 db.default: cannot connect to database.');
    proxy.mode = 'forward';
    await until('it is up again', async () => (await app.fetchReadiness()) === OK);
  });

  it('runs one query for 50 probes of a hung server, and nothing is left over', async () => {
    const dataSource = await connected();
    const query = vi.spyOn(dataSource, 'query');
    const app = await probedApp(
      { providers: [{ provide: DataSource, useValue: dataSource }] },
      { timeoutMs: TIMEOUT_MS },
    );
    proxy.mode = 'stall';
    for (let n = 0; n < 5; n++) {
      const said = await Promise.all(Array.from({ length: 10 }, () => app.fetchReadiness()));
      expect(new Set(said)).toEqual(new Set([LATE]));
    }
    expect(query).toHaveBeenCalledOnce();
    expect(proxy.connections).toBe(1);

    proxy.mode = 'forward';
    await until('it is up again', async () => (await app.fetchReadiness()) === OK);
    const rows = await Promise.all(Array.from({ length: 9 }, () => dataSource.query('SELECT 1')));
    expect(rows).toHaveLength(9);
  });
});

describe.each([
  ['postgres', startPostgres, (driver: any) => (driver.slaves = driver.slaves.map(renamed))],
  ['mariadb', startMariadb, (driver: any) => (driver.poolCluster = renamed(driver.poolCluster))],
] as const)('a replica of %s, in a pool that is not recognised', (_, start, hide) => {
  it('is not pinged, and the log says so', async () => {
    const server = await start();
    onTestFinished(() => server.dispose());
    const { type: _type, ...login } = server.typeorm();
    const replication = { master: login, slaves: [login] };
    const options = { type: server.type, replication } as DataSourceOptions;
    const dataSource = await new DataSource(options).initialize();
    onTestFinished(() => dataSource.destroy());
    hide(dataSource.driver);

    const app = await probedApp({ providers: [{ provide: DataSource, useValue: dataSource }] });
    const { status, body } = await app.report();
    expect(status).toBe(200);
    expect(body.details).toEqual({
      'db.default.primary': { status: 'up' },
      'db.default.replica-1': { status: 'degraded', message: 'cannot be asked by itself.' },
    });
  });
});

const on = () => {};

describe('a pool whose connections have no socket to destroy', () => {
  it.each([
    [
      'of pg',
      (query: () => void) => {
        const client = { query: () => new Promise(query), on: () => {}, off: () => {} };
        const connect = (done: (...given: unknown[]) => void) => done(undefined, client, () => {});
        return { master: { connect, on, _clients: [client], _pendingQueue: [] } };
      },
    ],
    [
      'of mysql2',
      (query: () => void) => {
        const connection = { query, on: () => {}, off: () => {}, release: () => {} };
        const getConnection = (done: (...given: unknown[]) => void) => done(null, connection);
        return {
          pool: { getConnection, on, _allConnections: list(connection), _connectionQueue: list() },
        };
      },
    ],
  ])('%s is waited for: one query for 50 probes', async (_, driverOf) => {
    const query = vi.fn<() => void>();
    await expectLate(driverOf(query));
    expect(query).toHaveBeenCalledOnce();
  });

  it.each([
    [
      'of pg',
      (open: () => void) => {
        const _clients: object[] = [];
        const connect = () => {
          _clients.push({ _connected: false });
          open();
        };
        return { master: { connect, on, _clients, _pendingQueue: [] } };
      },
    ],
    [
      'of mysql2',
      (open: () => void) => {
        const connections: object[] = [];
        const getConnection = () => {
          connections.push({ authorized: false });
          open();
        };
        const _allConnections = {
          get length() {
            return connections.length;
          },
          get: (n: number) => connections[n],
        };
        return { pool: { getConnection, on, _allConnections, _connectionQueue: list() } };
      },
    ],
  ])('%s is waited for while it is opened: one opening for 50 probes', async (_, driverOf) => {
    const open = vi.fn<() => void>();
    await expectLate(driverOf(open));
    expect(open).toHaveBeenCalledOnce();
  });
});

/** Asks 50 times, and hears each time that the server hangs. */
async function expectLate(driver: object): Promise<void> {
  const dataSource = {
    '@instanceof': Symbol.for('DataSource'),
    isInitialized: true,
    driver,
    query: () => Promise.reject(new Error('not asked this way')),
  };
  const app = await probedApp(
    { providers: [{ provide: DataSource, useValue: dataSource }] },
    { timeoutMs: TIMEOUT_MS },
  );
  for (let n = 0; n < 5; n++) {
    const said = await Promise.all(Array.from({ length: 10 }, () => app.fetchReadiness()));
    expect(new Set(said)).toEqual(new Set([LATE]));
  }
}
