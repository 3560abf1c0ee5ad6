import { once } from 'node:events';
import { connect } from 'node:net';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import type { Addresses } from '../support/databases.js';
import { loadBetterSqlite3 } from '../support/packages.js';

export type Kind = 'pg' | 'mysql' | 'sqlite' | 'memcached';
export type Send = () => unknown;

/** The lower limit of each check: the driver itself, on an open connection. */
export async function rawAsk(kind: Kind, addresses: Addresses): Promise<Send> {
  if (kind === 'pg') {
    const { username: user, host, port, password, database } = addresses.postgres;
    const login = { host, port, password, database, user };
    const client = new Client({ ...login, connectionTimeoutMillis: 2000, query_timeout: 0 });
    await client.connect();
    return () => client.query('SELECT 1');
  }
  if (kind === 'mysql') {
    const { username: user, host, port, password, database } = addresses.mysql;
    const connection = await mysql.createConnection({ host, port, password, database, user });
    return () => connection.query('SELECT 1');
  }
  if (kind === 'sqlite') {
    const BetterSqlite3 = loadBetterSqlite3();
    const database = new BetterSqlite3(':memory:');
    return () => database.prepare('SELECT 1').all();
  }
  const [host = '', port] = addresses.memcached.split(':');
  return () => askVersion(host, Number(port));
}

/** On a separate connection, as the probe does: the client's is private. */
export async function askVersion(host: string, port: number): Promise<void> {
  const socket = connect({ host, port });
  socket.write('version\r\n');
  await once(socket, 'data');
  socket.destroy();
}
