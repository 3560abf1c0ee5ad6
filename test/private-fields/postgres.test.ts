import { Socket } from 'node:net';
import type { DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgPool } from '../../lib/indicators/data-source/pg-pool.js';
import { poolOf } from '../../lib/indicators/data-source/typeorm-driver.js';
import { type PostgresServer, startPostgres } from '../servers/index.js';
import { connect, look } from './fields.js';

describe('pg and pg-pool', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.dispose());

  const options = (more: object = {}) =>
    ({ ...server.typeorm(), poolSize: 1, ...more }) as DataSourceOptions;

  it('driver.master is the pool', async () => {
    const { driver } = await connect(options());
    expect(look(driver).master.connect).toBeInstanceOf(Function);
    expect(poolOf(driver)?.members()).toBe(look(driver).master._clients);
  });

  it('driver.master and driver.slaves are the pools under replication', async () => {
    const node = server.typeorm();
    const replication = { master: node, slaves: [node, node] };
    const { driver } = await connect(options({ replication }));
    for (const pool of [look(driver).master, ...look(driver).slaves]) {
      expect(pgPool(pool)).toBeDefined();
    }
    expect(look(driver).slaves).toHaveLength(2);
    expect(poolOf(driver, 1)?.members()).toBe(look(driver).slaves[1]._clients);
  });

  it('pool._clients lists a client from the moment it is requested', async () => {
    const { master: pool } = look((await connect(options())).driver);
    (await pool.connect()).release(true);
    expect(pool._clients).toHaveLength(0);
    const connecting = pool.connect();
    expect(pool._clients).toHaveLength(1);
    const client = await connecting;
    expect(pool._clients).toEqual([client]);
    client.release();
    expect(pool._clients).toEqual([client]);
  });

  it('pool._pendingQueue lists the waiters, the oldest first', async () => {
    const { master: pool } = look((await connect(options())).driver);
    const client = await pool.connect();
    const [second, third] = [pool.connect(), pool.connect()];
    const [place] = pool._pendingQueue;
    expect(pool._pendingQueue).toHaveLength(2);
    client.release();
    (await second).release();
    expect(pool._pendingQueue).not.toContain(place);
    (await third).release();
    expect(pool._pendingQueue).toEqual([]);
  });

  it('client._connected is false while it is being opened', async () => {
    const { master: pool } = look((await connect(options())).driver);
    (await pool.connect()).release(true);
    const connecting = pool.connect();
    expect(pool._clients[0]._connected).toBe(false);
    expect(pgPool(pool)?.inspect(pool._clients[0]).isOpening).toBe(true);
    const client = await connecting;
    expect(client._connected).toBe(true);
    expect(pgPool(pool)?.inspect(client).isOpening).toBe(false);
    client.release();
  });

  it('pool.ending marks a closed pool', async () => {
    const dataSource = await connect(options());
    const { master: pool } = look(dataSource.driver);
    expect(pool.ending).toBe(false);
    expect(pgPool(pool)?.isClosed()).toBe(false);
    await dataSource.destroy();
    expect(pool.ending).toBe(true);
    expect(pgPool(pool)?.isClosed()).toBe(true);
  });

  it('client.connection.stream is the socket, before it is connected too', async () => {
    const { master: pool } = look((await connect(options())).driver);
    const connected = pool._clients[0].connection.stream;
    expect(connected).toBeInstanceOf(Socket);
    expect(connected.remotePort).toBe(server.port);

    const held = await pool.connect();
    held.on('error', () => {}); // the pool has taken its own listener off
    const query = held.query('SELECT pg_sleep(60)');
    held.connection.stream.destroy(new Error('killed by the test'));
    await expect(query).rejects.toThrow('killed by the test');
    held.release(true);

    const connecting = pool.connect();
    expect(pool._clients[0].connection.stream).toBeInstanceOf(Socket);
    pool._clients[0].connection.stream.destroy(new Error('killed by the test'));
    await expect(connecting).rejects.toThrow('killed by the test');
  });

  it('client.host and client.port are the address', async () => {
    const { master: pool } = look((await connect(options({ host: 'localhost' }))).driver);
    const { address } = pgPool(pool)!.inspect(pool._clients[0]);
    expect(address).toBe(`localhost:${server.port}`);
  });

  it('pool.Client and pool.options make another client like its own', async () => {
    const { master: pool } = look((await connect(options())).driver);
    const client = new pool.Client(pool.options);
    await client.connect();
    const { rows } = await client.query('SELECT current_user AS name');
    await client.end();
    expect(rows).toEqual([{ name: server.typeorm().username }]);
  });
});
