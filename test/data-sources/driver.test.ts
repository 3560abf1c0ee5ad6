import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { directPing, pingQuery, poolOf } from '../../lib/indicators/data-source/typeorm-driver.js';

type Type = DataSourceOptions['type'];

/** The ping of every type of TypeORM. */
const QUERIES = {
  'aurora-mysql': 'SELECT 1',
  'aurora-postgres': 'SELECT 1',
  'better-sqlite3': 'SELECT 1',
  capacitor: 'SELECT 1',
  cockroachdb: 'SELECT 1',
  cordova: 'SELECT 1',
  expo: 'SELECT 1',
  mariadb: 'SELECT 1',
  mssql: 'SELECT 1',
  mysql: 'SELECT 1',
  nativescript: 'SELECT 1',
  oracle: 'SELECT 1 FROM DUAL',
  postgres: 'SELECT 1',
  'react-native': 'SELECT 1',
  sap: 'SELECT 1 FROM SYS.DUMMY',
  spanner: 'SELECT 1',
  sqljs: 'SELECT 1',
} satisfies Record<Exclude<Type, 'mongodb'>, string>;

class Nothing {
  readonly nothing = true;
}

/** As much of the native packages as TypeORM's drivers need to be made. */
const NATIVE = { pg: Nothing, default: Nothing, Spanner: Nothing, openDatabaseAsync: Nothing };

/** TypeORM's real driver, not connected, with a stand-in for the database's package below it. */
function driverOf(type: Type): object {
  const native = type.startsWith('aurora') ? Object.assign(Nothing, { pg: Nothing }) : NATIVE;
  return new DataSource({ type, driver: native, database: 'x' } as unknown as DataSourceOptions)
    .driver;
}

describe('pingQuery', () => {
  it.each(Object.entries(QUERIES))('pings %s with %s', (type, query) => {
    expect(pingQuery(driverOf(type as Type))).toBe(query);
  });

  it.each([
    [{ dummyTableName: 'DUAL' }, 'SELECT 1 FROM DUAL'],
    [{ dummyTableName: '' }, 'SELECT 1'],
    [{ dummyTableName: undefined }, 'SELECT 1'],
  ])('selects from the dummyTableName of %j', (driver, query) => {
    expect(pingQuery(driver)).toBe(query);
  });
});

describe('a driver that is not connected', () => {
  it.each([...Object.keys(QUERIES), 'mongodb'])('of type %s has nothing to ping', (type) => {
    const driver = driverOf(type as Type);
    expect(poolOf(driver)).toBeUndefined();
    expect(directPing(driver)).toBeUndefined();
  });
});

describe('a pool', () => {
  // What the pools of mssql, oracledb and hana-client have in common with those that are known.
  it.each([
    ['mssql', { master: { connect: () => {}, query: () => {} } }],
    ['oracle', { master: { getConnection: () => {} } }],
    ['sap', { master: { getConnection: () => {} } }],
    ['a pool that is no more', { master: undefined, pool: undefined }],
    ['a cluster without its primary', { poolCluster: { _nodes: {} } }],
    ['a cluster that keeps its nodes elsewhere', { poolCluster: {} }],
  ])('of %s is not recognised', (_, driver) => {
    expect(poolOf(driver)).toBeUndefined();
  });
});
