import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, it, vi } from 'vitest';
import { connect } from '../private-fields/fields.js';
import { until } from '../servers/index.js';
import { createGate } from '../support/gate.js';
import { MongoStandIn } from '../support/mongo-stand-in.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';

const OK = '200 OK';
const UNREACHABLE = '503 db.default: cannot connect to database.';
const INVALID = '503 db.default: invalid response.';
const TIMEOUT_MS = 250;
const LATE = `503 db.default: no answer within ${TIMEOUT_MS} ms.`;

const probing = (dataSource: object, timeoutMs = TIMEOUT_MS): Promise<ProbedApp> =>
  probedApp({ providers: [{ provide: DataSource, useValue: dataSource }] }, { timeoutMs });

/** What a question to a stand-in for a database comes to. */
type Reply = () => Promise<unknown>;
const never: Reply = () => new Promise(() => {});

/** All that 50 probes say, ten at a time. */
async function sayWhileItHangs(app: ProbedApp): Promise<string[]> {
  const said = new Set<string>();
  for (let n = 0; n < 5; n++) {
    for (const each of await Promise.all(Array.from({ length: 10 }, () => app.fetchReadiness()))) {
      said.add(each);
    }
  }
  return [...said];
}

describe('a driver of which nothing is known', () => {
  /** Found by TypeORM's mark alone. */
  function dataSourceOf(reply: Reply, driver: object = {}) {
    const query = vi.fn<(sql: string) => Promise<unknown>>(reply);
    const mark = Symbol.for('DataSource');
    return { '@instanceof': mark, isInitialized: true, driver, query };
  }

  it('is pinged through dataSource.query', async () => {
    const dataSource = dataSourceOf(async () => [{ '1': 1 }]);
    const app = await probing(dataSource);
    expect(await app.fetchReadiness()).toBe(OK);
    expect(dataSource.query.mock.calls).toEqual([['SELECT 1']]);
  });

  it('is pinged with its dummy table', async () => {
    const dataSource = dataSourceOf(async () => [{ '1': 1 }], { dummyTableName: 'SYS.DUMMY' });
    const app = await probing(dataSource);
    expect(await app.fetchReadiness()).toBe(OK);
    expect(dataSource.query.mock.calls).toEqual([['SELECT 1 FROM SYS.DUMMY']]);
  });

  it.each([[[]], [undefined], [null], [1], ['1'], [{}], [{ affected: 0 }]])(
    'has to answer with a row, not with %j',
    async (answer) => {
      const app = await probing(dataSourceOf(async () => answer));
      expect(await app.fetchReadiness()).toBe(INVALID);
    },
  );

  it.each<[string, Reply]>([
    ['rejects', () => Promise.reject(new Error('ORA-12541: no listener'))],
    [
      'throws',
      () => {
        throw new TypeError('no connection');
      },
    ],
  ])('is down when the query %s, without its words', async (_, reply) => {
    const app = await probing(dataSourceOf(reply));
    expect(await app.fetchReadiness()).toBe(UNREACHABLE);
  });

  it('is pinged once while it hangs, and again when that has settled', async () => {
    const { opened, open } = createGate();
    const dataSource = dataSourceOf(() => opened.then(() => [{ '1': 1 }]));
    const app = await probing(dataSource);
    expect(await sayWhileItHangs(app)).toEqual([LATE]);
    expect(dataSource.query).toHaveBeenCalledOnce();

    open();
    await until('the question under way is over', async () => (await app.fetchReadiness()) === OK);
    expect(dataSource.query.mock.calls.length).toBeGreaterThan(1);
  });

  it('does not hold up the app when it closes', async () => {
    const dataSource = dataSourceOf(never);
    const app = await probing(dataSource);
    expect(await app.fetchReadiness()).toBe(LATE);
    await app.app.close();
    expect(dataSource.query).toHaveBeenCalledOnce();
  });
});

describe('oracle, with a stand-in for its package', () => {
  it('is pinged with DUAL, on a connection of its pool that is released', async () => {
    const asked: string[] = [];
    let out = 0;
    const connection = {
      execute: async (sql: string) => {
        asked.push(sql);
        return { rows: [{ '1': 1 }] };
      },
      close: async () => void out--,
    };
    const pool = {
      getConnection: (done: (error: undefined, given: object) => void) => {
        out++;
        done(undefined, connection);
      },
    };
    const driver = {
      createPool: (_: object, done: (error: undefined, made: object) => void) =>
        done(undefined, pool),
    };
    const options = { type: 'oracle', driver, database: 'x', sid: 'x', schema: 'x' };
    const dataSource = new DataSource(options as unknown as DataSourceOptions);
    const app = await probing(await dataSource.initialize());
    asked.length = 0;
    expect(await app.fetchReadiness()).toBe(OK);
    expect(asked).toEqual(['SELECT 1 FROM DUAL']);
    expect(out).toBe(0);
  });
});

async function mongodb(parameters = '', timeoutMs = TIMEOUT_MS) {
  const mongo = await MongoStandIn.start();
  const dataSource = await connect({ type: 'mongodb', url: `${mongo.url}${parameters}` });
  return { mongo, dataSource, app: await probing(dataSource, timeoutMs) };
}

describe('mongodb, with a stand-in for the server', () => {
  it('is pinged', async () => {
    const { mongo, app } = await mongodb('', 10_000);
    expect(await app.fetchReadiness()).toBe(OK);
    expect(mongo.commands).toEqual(['ping']);
  });

  it('is down while the driver looks for a server, and up again when it finds one', async () => {
    const { mongo, app } = await mongodb();
    mongo.stop();
    // Until then it may have a connection that it does not know is closed.
    await until('the driver looks for one', async () => (await app.fetchReadiness()) === LATE);
    await mongo.start();
    await until('it is up again', async () => (await app.fetchReadiness()) === OK);
    expect(await app.fetchReadiness()).toBe(OK);
  });

  it('is down when the driver has given up', async () => {
    const { mongo, app } = await mongodb('?serverSelectionTimeoutMS=50', 10_000);
    mongo.stop();
    expect(await app.fetchReadiness()).toBe(UNREACHABLE);
  });

  it('is pinged once while it hangs', async () => {
    const { mongo, app } = await mongodb();
    mongo.suspend();
    expect(await sayWhileItHangs(app)).toEqual([LATE]);
    expect(mongo.commands).toEqual(['ping']);
    mongo.resume();
    await until('the ping under way is over', async () => (await app.fetchReadiness()) === OK);
  });

  it('is not connected any more once the app has destroyed it', async () => {
    const { dataSource, app } = await mongodb();
    expect(await app.fetchReadiness()).toBe(OK);
    await dataSource.destroy();
    expect(await app.fetchReadiness()).toBe('503 db.default: not connected yet.');
  });
});
