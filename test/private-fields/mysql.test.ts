import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import type { DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysql2Pool } from '../../lib/indicators/data-source/mysql2-pool.js';
import { poolOf } from '../../lib/indicators/data-source/typeorm-driver.js';
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
    expect(look(driver).pool.getConnection).toBeInstanceOf(Function);
    expect(poolOf(driver)?.members()).toEqual([look(driver).pool._allConnections.get(0)]);
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
      expect(mysql2Pool(poolCluster._nodes[name].pool)).toBeDefined();
    }
    expect(poolOf(driver)?.members()).toEqual([
      poolCluster._nodes.MASTER.pool._allConnections.get(0),
    ]);
    expect(poolOf(driver, 1)).toBeDefined();
    expect(poolOf(driver, 2)).toBeUndefined();
    expect(poolCluster._nodes.MASTER._offlineUntil).toBe(0);
    poolCluster.remove('MASTER');
    expect(poolCluster._nodes.MASTER).toBeUndefined();
  });

  it('pool._allConnections lists a connection from the moment it is requested', async () => {
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

  it('pool._connectionQueue lists the waiters, the oldest first', async () => {
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
    expect(mysql2Pool(pool)?.inspect(opening).isOpening).toBe(true);
    const connection = await connecting;
    expect(connection).toBe(opening);
    expect(connection.authorized).toBe(true);
    expect(mysql2Pool(pool)?.inspect(connection).isOpening).toBe(false);
    connection.release();
  });

  it('pool._closed marks a closed pool', async () => {
    const dataSource = await connect(options());
    const { pool } = look(dataSource.driver);
    expect(pool._closed).toBe(false);
    expect(mysql2Pool(pool)?.isClosed()).toBe(false);
    await dataSource.destroy();
    expect(pool._closed).toBe(true);
    expect(mysql2Pool(pool)?.isClosed()).toBe(true);
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

  it('connection.config has the address', async () => {
    const { pool } = look((await connect(options({ host: 'localhost' }))).driver);
    const { address } = mysql2Pool(pool)!.inspect(pool._allConnections.get(0));
    expect(address).toBe(`localhost:${server.port}`);
  });

  it('pool.config.connectionConfig and the class of a member make another connection', async () => {
    const { pool } = look((await connect(options())).driver);
    const adapted = mysql2Pool(pool)!;
    await expect(adapted.queryOutside('SELECT 1 AS one').rows).resolves.toEqual([{ one: 1 }]);
    expect(pool._allConnections).toHaveLength(1);

    pool._allConnections.get(0).destroy();
    expect(pool._allConnections).toHaveLength(0);
    await expect(adapted.queryOutside('SELECT 1 AS one').rows).resolves.toEqual([{ one: 1 }]);
    expect(() => mysql2Pool(pool)!.queryOutside('SELECT 1')).toThrow(/no connection/);
  });
});
