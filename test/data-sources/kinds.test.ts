import { DataSource, EventSubscriber, type EntitySubscriberInterface } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probedApp } from '../support/probed-app.js';
import { type Database, KINDS, provided, QueryLog } from './kinds.js';

const OK = '200 OK';
const NOT_CONNECTED = '503 db.default: not connected yet.';

describe.each(KINDS)('%s', (_, start) => {
  let database: Database;
  beforeAll(async () => {
    database = await start();
  });
  afterAll(() => database.dispose());

  it('is up when it is connected, down before that and after it was destroyed', async () => {
    const app = await probedApp({ providers: [provided(database.options())] });
    const dataSource = app.app.get(DataSource);
    expect(await app.fetchReadiness()).toBe(NOT_CONNECTED);
    for (let n = 0; n < 2; n++) {
      await dataSource.initialize();
      expect(await app.fetchReadiness()).toBe(OK);
      expect(await app.fetchReadiness()).toBe(OK);
      await dataSource.destroy();
      expect(await app.fetchReadiness()).toBe(NOT_CONNECTED);
    }
  });

  it('does not fill the log of TypeORM, nor bother subscribers', async () => {
    const log = new QueryLog('all');
    const asked: string[] = [];
    @EventSubscriber()
    class Listener implements EntitySubscriberInterface {
      beforeQuery({ query }: { query: string }) {
        asked.push(query);
      }
    }
    const options = { ...database.options(), logger: log, logging: true, subscribers: [Listener] };
    const app = await probedApp({ providers: [provided(options)] });
    const dataSource = await app.app.get(DataSource).initialize();
    const heard = () => log.lines.length + asked.length;

    const before = heard();
    await dataSource.query('SELECT 2');
    expect([log.lines.at(-1), asked.at(-1)]).toEqual(['SELECT 2', 'SELECT 2']);
    expect(heard()).toBe(before + 2);
    for (let n = 0; n < 5; n++) expect(await app.fetchReadiness()).toBe(OK);
    expect(heard()).toBe(before + 2);
  });

  it('can be used by the app all the while', async () => {
    const app = await probedApp({ providers: [provided(database.options())] });
    const dataSource = await app.app.get(DataSource).initialize();
    const work = Array.from({ length: 50 }, async (__, n) => {
      const [row] = (await dataSource.query(`SELECT ${n} AS n`)) as { n: number }[];
      return Number(row?.n);
    });
    const probes = Array.from({ length: 50 }, () => app.fetchReadiness());
    expect(await Promise.all(work)).toEqual(work.map((__, n) => n));
    expect(new Set(await Promise.all(probes))).toEqual(new Set([OK]));
  });

  it('sees nothing of a transaction of the app, and the app nothing of the probe', async () => {
    const app = await probedApp({ providers: [provided(database.options())] });
    const dataSource = await app.app.get(DataSource).initialize();
    await dataSource.query('CREATE TABLE note (text VARCHAR(20))');
    try {
      await dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO note VALUES ('kept')`);
        expect(await app.fetchReadiness()).toBe(OK);
      });
      const rolledBack = dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO note VALUES ('lost')`);
        expect(await app.fetchReadiness()).toBe(OK);
        throw new Error('changed its mind');
      });
      await expect(rolledBack).rejects.toThrow('changed its mind');
      expect(await dataSource.query('SELECT text FROM note')).toEqual([{ text: 'kept' }]);
    } finally {
      await dataSource.query('DROP TABLE note');
    }
  });
});
