import { MongoClient } from 'mongodb';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { BETTER_SQLITE3 } from '../data-sources/kinds.js';
import { MongoStandIn } from '../support/mongo-stand-in.js';
import { connect, look } from './fields.js';

describe('typeorm', () => {
  it("'@instanceof' is an own field of a DataSource", () => {
    const dataSource = new DataSource({ type: 'sqljs' });
    const mark = Object.getOwnPropertyDescriptor(dataSource, '@instanceof');
    expect(mark?.value).toBe(Symbol.for('DataSource'));
  });

  it.each([
    ['sqljs', { type: 'sqljs' }, 'getRowsModified', 'exec'],
    ['better-sqlite3', BETTER_SQLITE3, 'pragma', 'prepare'],
  ] as const)(
    'driver.databaseConnection is the connection of %s',
    async (_, options, mark, ask) => {
      const { driver } = await connect(options);
      const connection = look(driver).databaseConnection;
      expect(mark in connection).toBe(true);
      expect(connection[ask]).toBeInstanceOf(Function);
    },
  );

  it.each([
    ['postgres', 'postgres', 'Pool'],
    ['mysql', 'mysql', 'createPool'],
  ] as const)('driver.%s is the library, which makes the pools', (type, library, make) => {
    const { driver } = new DataSource({ type });
    expect(look(driver)[library][make]).toBeInstanceOf(Function);
    expect(Object.hasOwn(driver, 'connect')).toBe(false);
  });

  it('driver.queryRunner.databaseConnection is the client of mongodb', async () => {
    const { url } = await MongoStandIn.start();
    const { driver } = await connect({ type: 'mongodb', url });
    expect(look(driver).queryRunner.databaseConnection).toBeInstanceOf(MongoClient);
  });
});
