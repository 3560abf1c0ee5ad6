import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type MariadbServer,
  type PostgresServer,
  startMariadb,
  startPostgres,
  startProxy,
  type StallProxy,
  until,
} from '../servers/index.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';

const TIMEOUT_MS = 1_000;
const up = { status: 'up' };

describe.each([
  ['postgres', startPostgres],
  ['mariadb', startMariadb],
] as [string, () => Promise<PostgresServer | MariadbServer>][])('%s', (type, startServer) => {
  let server: PostgresServer | MariadbServer;
  let nodes: StallProxy[];
  beforeAll(async () => {
    server = await startServer();
  });
  // One server behind three doors: the primary's, and those of two replicas.
  beforeEach(async () => {
    nodes = await Promise.all([1, 2, 3].map(() => startProxy(server.port)));
    return async () => {
      await Promise.all(nodes.map((node) => node.close().catch(() => {})));
    };
  });
  afterAll(() => server.dispose());

  const start = (dataSources = {}, settings = {}) => {
    const { type: _, ...login } = server.typeorm();
    const [master, ...slaves] = nodes.map(({ port }) => ({ ...login, port }));
    const options = { type: server.type, replication: { master, slaves, ...settings } };
    return probedApp(
      { imports: [TypeOrmModule.forRoot(options as DataSourceOptions)] },
      { timeoutMs: TIMEOUT_MS, dataSources },
    );
  };
  it('pings each server separately', async () => {
    expect(await detailsOf(await start())).toEqual({
      'db.default.primary': up,
      'db.default.replica-1': up,
      'db.default.replica-2': up,
    });
  });

  it('is not ready without the primary', async () => {
    const probed = await start();
    nodes[0]!.mode = 'reset';
    expect(await probed.fetchReadiness()).toBe(
      '503 db.default.primary: cannot connect to database.',
    );
    nodes[0]!.mode = 'forward';
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });

  it('is ready, though degraded, without one replica or all', async () => {
    const probed = await start();
    nodes[1]!.mode = 'reset';
    const unreachable = { status: 'degraded', message: 'cannot connect to database.' };
    expect(await detailsOf(probed)).toMatchObject({ 'db.default.replica-1': unreachable });
    nodes[2]!.mode = 'stall';
    expect(await detailsOf(probed)).toEqual({
      'db.default.primary': up,
      'db.default.replica-1': unreachable,
      'db.default.replica-2': { status: 'degraded', message: `no answer within ${TIMEOUT_MS} ms.` },
    });
    expect(await probed.fetchReadiness()).toBe('200 OK');
    nodes[1]!.mode = nodes[2]!.mode = 'forward';
    expect((await probed.report()).body.status).toBe('ok');
  });

  it('pings only the primary with replicas: false', async () => {
    const probed = await start({ replicas: false });
    nodes[1]!.mode = 'reset';
    expect(await detailsOf(probed)).toEqual({ 'db.default': up });
  });

  it('excludes one server by its name, or all by that of the DataSource', async () => {
    expect(await (await start({ exclude: ['default.replica-2'] })).names()).toEqual([
      'db.default.primary',
      'db.default.replica-1',
    ]);
    expect(await (await start({ exclude: ['default'] })).names()).toEqual([]);
  });

  it('does not make the driver give a refused node up', async () => {
    const probed = await start();
    await nodes[1]!.close();
    for (let n = 0; n < 100; n++) expect(await probed.fetchReadiness()).toBe('200 OK');
    await nodes[1]!.listen();
    const errors = nodesIn(probed).map(({ errorCount }) => errorCount);
    expect(errors).toEqual(type === 'mariadb' ? [0, 0, 0] : []);
    expect((await probed.report()).body.status).toBe('ok');
  });

  if (type === 'mariadb') {
    it('reports servers that mysql2 does not use for now', async () => {
      const probed = await start({}, { restoreNodeTimeout: 3_000 });
      await Promise.all(nodes.map((node) => node.close()));
      await useInVain(probed);
      expect(await probed.fetchReadiness()).toBe(
        '503 db.default.primary: cannot connect to database.',
      );
      await Promise.all(nodes.map((node) => node.listen()));
      const suspended = 'suspended by the pool cluster.';
      expect(await detailsOf(probed)).toEqual({
        'db.default.primary': { status: 'down', message: suspended },
        'db.default.replica-1': { status: 'degraded', message: suspended },
        'db.default.replica-2': { status: 'degraded', message: suspended },
      });
      await expect(query(probed, 'master')).rejects.toThrow('online node');
      await until('it is ready', async () => (await probed.fetchReadiness()) === '200 OK');
      await query(probed, 'master');
    });

    it('reports servers that mysql2 has deleted', async () => {
      const probed = await start();
      await Promise.all(nodes.map((node) => node.close()));
      await useInVain(probed);
      expect(nodesIn(probed)).toEqual([]);
      await Promise.all(nodes.map((node) => node.listen()));
      const deleted = 'removed from the pool cluster.';
      expect(await detailsOf(probed)).toEqual({
        'db.default.primary': { status: 'down', message: deleted },
        'db.default.replica-1': { status: 'degraded', message: deleted },
        'db.default.replica-2': { status: 'degraded', message: deleted },
      });
    });
  }
});

/** What the app's own queries do to the cluster while its nodes are down. */
async function useInVain(probed: ProbedApp): Promise<void> {
  for (let n = 0; n < 5; n++) {
    for (const mode of ['master', 'slave'] as const) await query(probed, mode).catch(() => {});
  }
}

async function query({ app }: ProbedApp, mode: 'master' | 'slave'): Promise<void> {
  const runner = app.get(DataSource).createQueryRunner(mode);
  await runner.query('SELECT 1').finally(() => runner.release());
}

const detailsOf = async (probed: ProbedApp) => (await probed.report()).body.details;

interface Cluster {
  poolCluster?: { _nodes: Record<string, { errorCount: number }> };
}

const nodesIn = ({ app }: ProbedApp) =>
  Object.values((app.get(DataSource).driver as Cluster).poolCluster?._nodes ?? {});
