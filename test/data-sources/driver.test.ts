import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { directPing, probeQuery } from '../../lib/indicators/data-source/driver-ping.js';
import { adaptPool, rawPoolOf } from '../../lib/indicators/data-source/driver-pools.js';

type Type = DataSourceOptions['type'];

const poolOf = (driver: object) => adaptPool(rawPoolOf(driver));

/** What every type of TypeORM's is asked. */
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

describe('probeQuery', () => {
  it.each(Object.entries(QUERIES))('asks %s: %s', (type, query) => {
    expect(probeQuery(driverOf(type as Type))).toBe(query);
  });

  it.each([
    [{ dummyTableName: 'DUAL' }, 'SELECT 1 FROM DUAL'],
    [{ dummyTableName: '' }, 'SELECT 1'],
    [{ dummyTableName: undefined }, 'SELECT 1'],
  ])('goes by dummyTableName: %j', (driver, query) => {
    expect(probeQuery(driver)).toBe(query);
  });
});

describe('a driver that is not connected', () => {
  it.each([...Object.keys(QUERIES), 'mongodb'])('of type %s has nothing to be asked', (type) => {
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
  ])('of %s is none whose connections can be seen', (_, driver) => {
    expect(poolOf(driver)).toBeUndefined();
  });
});
