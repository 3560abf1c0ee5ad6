import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import type { DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adaptPool, rawPoolOf } from '../../lib/indicators/data-source/driver-pools.js';
import { type MariadbServer, startMariadb } from '../servers/index.js';
import { connect, look } from './fields.js';

const take = (pool: any) =>
  new Promise<any>((resolve, reject) => {
    pool.getConnection((error: unknown, given: unknown) =>
      error ? reject(error) : resolve(given),
    );
  });

// The oldest that TypeORM 1.x takes, whose classes are others, and the newest.
describe.each(['mysql2-3.15', 'mysql2'])('%s', (library) => {
  let server: MariadbServer;
  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server.dispose());

  const options = (more: object = {}) =>
    ({
      ...server.typeorm(),
      driver: createRequire(import.meta.url)(library),
      poolSize: 1,
      ...more,
    }) as DataSourceOptions;

  it('driver.pool is the pool', async () => {
    const { driver } = await connect(options());
    expect(rawPoolOf(driver)).toBe(look(driver).pool);
    expect(look(driver).pool.getConnection).toBeInstanceOf(Function);
    expect(adaptPool(look(driver).pool)).toBeDefined();
  });

  it('driver.poolCluster._nodes holds the pools under replication', async () => {
    const node = server.typeorm();
    const replication = { master: node, slaves: [node, node] };
    const { driver } = await connect(options({ replication }));
    const { poolCluster, pool } = look(driver);
    expect(pool).toBeUndefined();
    expect(poolCluster._canRetry).toBe(true);
    expect(Object.keys(poolCluster._nodes).toSorted()).toEqual(['MASTER', 'SLAVE0', 'SLAVE1']);
    for (const name of ['MASTER', 'SLAVE0', 'SLAVE1']) {
      expect(adaptPool(poolCluster._nodes[name].pool)).toBeDefined();
    }
    expect(rawPoolOf(driver)).toBe(poolCluster._nodes.MASTER.pool);
    expect(rawPoolOf(driver, 1)).toBe(poolCluster._nodes.SLAVE1.pool);
    expect(poolCluster._nodes.MASTER._offlineUntil).toBe(0);
    poolCluster.remove('MASTER');
    expect(poolCluster._nodes.MASTER).toBeUndefined();
  });

  it('pool._allConnections lists a connection from the moment it is asked for', async () => {
    const { pool } = look((await connect(options())).driver);
    const first = pool._allConnections.get(0);
    first.destroy();
    expect(pool._allConnections).toHaveLength(0);
    const connecting = take(pool);
    expect(pool._allConnections).toHaveLength(1);
    const connection = await connecting;
    expect(pool._allConnections.get(0)).toBe(connection);
    connection.release();
    expect(pool._allConnections).toHaveLength(1);
  });

  it('pool._connectionQueue lists who waits, the longest first', async () => {
    const { pool } = look((await connect(options())).driver);
    const connection = await take(pool);
    const [second, third] = [take(pool), take(pool)];
    const place = pool._connectionQueue.get(0);
    expect(place).toBeDefined();
    expect(pool._connectionQueue).toHaveLength(2);
    connection.release();
    (await second).release();
    expect(pool._connectionQueue.get(0)).not.toBe(place);
    (await third).release();
    expect(pool._connectionQueue).toHaveLength(0);
  });

  it('connection.authorized is false while it is being opened', async () => {
    const { pool } = look((await connect(options())).driver);
    pool._allConnections.get(0).destroy();
    const connecting = take(pool);
    const opening = pool._allConnections.get(0);
    expect(opening.authorized).toBe(false);
    expect(adaptPool(pool)?.isOpening(opening)).toBe(true);
    const connection = await connecting;
    expect(connection).toBe(opening);
    expect(connection.authorized).toBe(true);
    expect(adaptPool(pool)?.isOpening(connection)).toBe(false);
    connection.release();
  });

  it('pool._closed tells that it gives no connections any more', async () => {
    const dataSource = await connect(options());
    const { pool } = look(dataSource.driver);
    expect(pool._closed).toBe(false);
    expect(adaptPool(pool)?.isClosed()).toBe(false);
    await dataSource.destroy();
    expect(pool._closed).toBe(true);
    expect(adaptPool(pool)?.isClosed()).toBe(true);
  });

  it('connection.stream is the socket, before it is connected too', async () => {
    const { pool } = look((await connect(options())).driver);
    const held = await take(pool);
    expect(held.stream).toBeInstanceOf(Socket);
    expect(held.stream.remotePort).toBe(server.port);
    held.on('error', () => {});
    const query = new Promise((_, reject) => {
      held.query('SELECT SLEEP(60)', reject);
    });
    held.stream.destroy(new Error('killed by the test'));
    await expect(query).rejects.toThrow('killed by the test');

    const connecting = take(pool);
    expect(pool._allConnections.get(0).stream).toBeInstanceOf(Socket);
    pool._allConnections.get(0).stream.destroy(new Error('killed by the test'));
    await expect(connecting).rejects.toThrow('killed by the test');
  });

  it('connection.config.host is what has to be looked up', async () => {
    const { pool } = look((await connect(options({ host: 'localhost' }))).driver);
    expect(pool._allConnections.get(0).config).toMatchObject({ host: 'localhost' });
  });

  it('pool.config.connectionConfig and the class of a member make another connection', async () => {
    const { pool } = look((await connect(options())).driver);
    const adapted = adaptPool(pool)!;
    const { signal } = new AbortController();
    await expect(adapted.queryOutside('SELECT 1 AS one', signal)).resolves.toEqual([{ one: 1 }]);
    expect(pool._allConnections).toHaveLength(1);

    pool._allConnections.get(0).destroy();
    expect(pool._allConnections).toHaveLength(0);
    await expect(adapted.queryOutside('SELECT 1 AS one', signal)).resolves.toEqual([{ one: 1 }]);
    await expect(adaptPool(pool)!.queryOutside('SELECT 1', signal)).rejects.toThrow(/no connection/);
  });
});
