import { DataSource, EventSubscriber, type MigrationInterface } from 'typeorm';
import { expect, it, onTestFinished } from 'vitest';
import { keepPushed } from '../../lib/indicators/data-source/late-initialization.js';
import { MEMORY } from '../discovery/memory-data-source.js';

@EventSubscriber()
class ListedSubscriber {
  readonly name = 'listed';
}

class ListedMigration1700000000000 implements MigrationInterface {
  static fails = false;
  static whileItRuns = () => {};
  async up() {
    ListedMigration1700000000000.whileItRuns();
    if (ListedMigration1700000000000.fails) throw new Error('no schema');
  }
  async down() {}
}

function create() {
  const dataSource = new DataSource({
    ...MEMORY,
    subscribers: [ListedSubscriber],
    migrations: [ListedMigration1700000000000],
    migrationsRun: true,
  });
  onTestFinished(async () => {
    ListedMigration1700000000000.fails = false;
    ListedMigration1700000000000.whileItRuns = () => {};
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  return dataSource;
}

const named = (name: string): object => ({ name });

it('keeps what was pushed before, during and after an attempt that failed at a migration', async () => {
  const dataSource = create();
  const { subscribers } = dataSource;
  const restore = keepPushed(dataSource);
  subscribers.push(named('pushed before'));
  ListedMigration1700000000000.fails = true;
  ListedMigration1700000000000.whileItRuns = () =>
    dataSource.subscribers.push(named('pushed in the migration'));
  await expect(dataSource.initialize()).rejects.toThrow('no schema');
  dataSource.subscribers.push(named('pushed after the failure'));
  ListedMigration1700000000000.fails = false;
  ListedMigration1700000000000.whileItRuns = () => {};
  await dataSource.initialize();
  restore();
  expect(dataSource.subscribers).toEqual(
    ['listed', 'pushed before', 'pushed in the migration', 'pushed after the failure'].map(named),
  );
});

it('keeps migrations that were pushed', async () => {
  const dataSource = create();
  const restore = keepPushed(dataSource);
  const pushed = new (class PushedMigration1800000000000 extends ListedMigration1700000000000 {})();
  dataSource.migrations.push(pushed);
  await dataSource.initialize();
  restore();
  expect(dataSource.migrations.map((each) => each.constructor.name)).toEqual([
    'ListedMigration1700000000000',
    'PushedMigration1800000000000',
  ]);
});

it('leaves plain lists, without duplicates', async () => {
  const dataSource = create();
  const pushed = named('pushed');
  dataSource.subscribers.push(pushed);
  const restore = keepPushed(dataSource);
  await dataSource.initialize();
  dataSource.subscribers.push(pushed);
  restore();
  expect(dataSource.subscribers).toEqual([named('listed'), pushed]);
  expect(Object.getOwnPropertyDescriptor(dataSource, 'subscribers')).toEqual({
    value: dataSource.subscribers,
    configurable: true,
    enumerable: true,
    writable: true,
  });
});
