import {
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import {
  TypeOrmModule,
  type TypeOrmModuleOptions,
  getDataSourceToken,
  getRepositoryToken,
  InjectDataSource,
  InjectRepository,
} from '@nestjs/typeorm';
import { setTimeout as pass } from 'node:timers/promises';
import { type DataSourceChecks, HealthModule } from 'nestjs-healthz';
import {
  Column,
  type DataSource,
  Entity,
  type EntitySubscriberInterface,
  type InsertEvent,
  type MigrationInterface,
  PrimaryGeneratedColumn,
  type QueryRunner,
  type Repository,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  startMariadb,
  startPostgres,
  startProxy,
  type StallProxy,
  until,
} from '../servers/index.js';
import { Resources } from '../../lib/indicators/resources.js';
import { moduleOf, startApp } from '../support/app.js';
import { createGate } from '../support/gate.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { fetchText } from '../support/request.js';
import { watchAttempts } from '../support/watch-attempts.js';

@Entity()
class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

const isReady = async (app: ProbedApp) => (await app.fetchReadiness()) === '200 OK';
const dataSourceOf = ({ app }: ProbedApp) => app.get<DataSource>(getDataSourceToken());
const NOT_YET = '503 db.default: not connected yet.';

/** Options with one migration, which has not run before. */
function migrating(up: (runner: QueryRunner) => Promise<unknown>) {
  class Migration1700000000000 implements MigrationInterface {
    async up(runner: QueryRunner) {
      await up(runner);
    }
    async down() {}
  }
  return {
    migrations: [Migration1700000000000],
    migrationsRun: true,
    migrationsTableName: `migrations_${performance.now()}`.replace('.', '_'),
  };
}

describe.each([
  ['PostgreSQL', startPostgres, 'SELECT pg_sleep(3600)'],
  ['MariaDB', startMariadb, 'SELECT SLEEP(3600)'],
])('an app that starts before its %s', (_name, startServer, sleepForever) => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let proxy: StallProxy;

  beforeAll(async () => {
    server = await startServer();
    proxy = await startProxy(server.port);
  });
  afterAll(async () => {
    await proxy.close();
    await server.dispose();
  });

  const starting = (options: object = {}, checks: DataSourceChecks = {}): Promise<ProbedApp> =>
    probedApp(
      {
        imports: [
          TypeOrmModule.forRoot({
            ...server.typeorm(),
            port: proxy.port,
            manualInitialization: true,
            entities: [Note],
            ...options,
          } as TypeOrmModuleOptions),
          TypeOrmModule.forFeature([Note]),
        ],
      },
      { dataSources: { connect: true, ...checks } },
    );
  /** Closing is not held up, and leaves nothing open. */
  async function closes({ app }: ProbedApp) {
    const startedAt = performance.now();
    await app.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await until('nothing is left', async () => proxy.connections === 0);
    await until('the server sees it', async () => (await server.connections()) === 0);
  }

  it('is alive at once, and ready as soon as the database comes', async () => {
    await server.stop();
    const app = await starting({ synchronize: true });
    expect(await fetchText(app.port, '/healthz')).toBe('200 OK');
    expect(await fetchText(app.port, '/startupz')).toBe('200 OK');
    expect(await app.fetchReadiness()).toBe(NOT_YET);
    await until('it failed', () =>
      app.logger.ofHealthModule.some((line) => line.includes('not connected yet')),
    );
    await server.start();
    await until('it is ready', () => isReady(app));
    const notes = app.app.get<Repository<Note>>(getRepositoryToken(Note));
    await notes.save({ text: 'first' });
    expect(await notes.count()).toBe(1);
    expect(await server.connections()).toBe(1);
    const said = app.logger.ofHealthModule.filter((line) => line.includes('db.default: '));
    expect(said.at(-1)).toMatch(/^log db\.default: recovered after \d+ s\.$/);
    await closes(app);
  });

  it('logs the reason once for all attempts', async () => {
    await proxy.close();
    const app = await starting();
    const reasons = () => app.logger.ofHealthModule.filter((line) => line.includes('ECONNREFUSED'));
    await until('it failed', () => reasons().length > 0);
    expect(await app.fetchReadiness()).toBe(NOT_YET);
    await pass(1_500);
    expect(reasons()).toEqual([expect.stringContaining('warn db.default: not connected yet. ')]);
    await proxy.listen();
    await until('it is ready', () => isReady(app));
    await closes(app);
  });

  it('gives up an attempt that a silent server never answers', async () => {
    proxy.mode = 'stall';
    const app = await starting();
    await until('it tries', () => proxy.connections > 0);
    expect(await app.fetchReadiness()).toBe(NOT_YET);
    proxy.blackholeExisting();
    proxy.mode = 'forward';
    await until('it is ready', () => isReady(app), 30_000);
    expect(proxy.connections).toBe(1);
    await closes(app);
  });

  it('closes while a silent server is waited for', async () => {
    proxy.mode = 'stall';
    onTestFinished(() => void (proxy.mode = 'forward'));
    const attempts = watchAttempts();
    const app = await starting();
    await until('it tries', () => proxy.connections > 0);
    const startedAt = performance.now();
    await app.app.close();
    // As long as an attempt is given that does not notice.
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(attempts).toEqual({ begun: 1, ended: 1 });
    await until('nothing is left', () => proxy.connections === 0);
    expect(dataSourceOf(app).isInitialized).toBe(false);
  });

  it('closes between two attempts', async () => {
    await proxy.close();
    const app = await starting();
    await until('it failed', () =>
      app.logger.ofHealthModule.some((line) => line.includes('not connected yet')),
    );
    await proxy.listen();
    await closes(app);
    expect(dataSourceOf(app).isInitialized).toBe(false);
  });

  it('is brought one by a module that is loaded later', async () => {
    const { app, port } = await probedApp({}, { dataSources: { connect: true } });
    const options = { ...server.typeorm(), port: proxy.port, name: 'late' };
    const module = TypeOrmModule.forRoot({
      ...options,
      manualInitialization: true,
    } as TypeOrmModuleOptions);
    await app.get(LazyModuleLoader).load(() => module);
    expect(await fetchText(port, '/readiness')).toBe('503 db.late: not connected yet.');
    await until('it is ready', async () => (await fetchText(port, '/readiness')) === '200 OK');
    const [found] = app.get(Resources, { strict: false }).snapshot().dataSources.values();
    await found?.resource.destroy();
    await until('nothing is left', () => proxy.connections === 0);
    expect(await fetchText(port, '/readiness')).toBe('503 db.late: not connected yet.');
  });

  it('leaves one alone that is excluded', async () => {
    const app = await starting({}, { exclude: ['default'] });
    expect(await app.fetchReadiness()).toBe('200 OK');
    expect(dataSourceOf(app).isInitialized).toBe(false);
    expect(proxy.connections).toBe(0);
    await app.app.close();
  });

  describe('with a migration', () => {
    it('is ready only after it, and logs that it takes long', async () => {
      const gate = createGate();
      const app = await starting(migrating(() => gate.opened));
      await until('it migrates', () => dataSourceOf(app).isInitialized);
      expect(await app.fetchReadiness()).toBe(NOT_YET);
      const told = () => app.logger.ofHealthModule.filter((line) => line.includes('still running'));
      await until('that takes long', () => told().length > 0, 30_000);
      expect(told()).toEqual([
        expect.stringMatching(/^warn db\.default: connected; schema setup is still running/),
      ]);
      gate.open();
      await until('it is ready', () => isReady(app));
      await closes(app);
    });

    it('logs a failure, and does not retry at once', async () => {
      let runs = 0;
      const app = await starting(
        migrating(async (runner) => {
          runs++;
          await runner.query('SELECT * FROM nowhere_at_all');
        }),
      );
      const failed = '503 db.default: schema could not be set up.';
      await until('it failed', async () => (await app.fetchReadiness()) === failed);
      await pass(1_500);
      expect(runs).toBe(1);
      expect(app.logger.ofHealthModule).toContainEqual(
        expect.stringMatching(/^warn db\.default: schema could not be set up\. .*nowhere_at_all/),
      );
      await closes(app);
    });

    it('does not take it for done where TypeORM cannot undo it', async () => {
      const app = await starting(
        migrating(async ({ connection }) => {
          connection.destroy = () => Promise.reject(new Error('cannot be undone'));
          throw new Error('no schema');
        }),
      );
      await until('it failed', async () =>
        (await app.fetchReadiness()).includes('schema could not'),
      );
      expect(dataSourceOf(app).isInitialized).toBe(false);
      await closes(app);
    });

    it('closes in the midst of it', async () => {
      let began = false;
      const app = await starting(
        migrating(async (runner) => {
          began = true;
          await runner.query(sleepForever);
        }),
      );
      await until('it migrates', () => began);
      await app.app.close();
      await until('nothing is left', () => proxy.connections === 0);
      expect(dataSourceOf(app).isInitialized).toBe(false);
    });
  });
});

/** Subscribes as Nest documents it, at the moment that the test chooses. */
const subscriber = (moment: 'constructor' | 'onModuleInit' | 'onApplicationBootstrap') => {
  @Injectable()
  class Subscriber implements EntitySubscriberInterface<Note> {
    readonly heard: string[] = [];
    constructor(@InjectDataSource() private readonly dataSource: DataSource) {
      if (moment === 'constructor') this.subscribe();
    }
    onModuleInit() {
      if (moment === 'onModuleInit') this.subscribe();
    }
    onApplicationBootstrap() {
      if (moment === 'onApplicationBootstrap') this.subscribe();
    }
    listenTo() {
      return Note;
    }
    afterInsert({ entity }: InsertEvent<Note>) {
      this.heard.push(entity.text);
    }
    private subscribe() {
      this.dataSource.subscribers.push(this);
    }
  }
  return Subscriber;
};

describe('with connect, and the database up, an app boots as it does without', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.dispose());

  /** Uses the repository in its hooks, as providers that seed or load settings do. */
  @Injectable()
  class Settings implements OnModuleInit, OnApplicationBootstrap {
    readonly seen: number[] = [];
    constructor(@InjectRepository(Note) private readonly notes: Repository<Note>) {}

    async onModuleInit() {
      await this.notes.save({ text: 'a setting' });
      this.seen.push(await this.notes.count());
    }

    async onApplicationBootstrap() {
      this.seen.push(await this.notes.count());
    }
  }

  const boot = (
    port: number,
    providers: Provider[],
    options: object = {},
    where: (own: object[], health: object) => object[] = (own, health) => [...own, health],
  ) => {
    const logger = new RecordingLogger();
    const own = [
      TypeOrmModule.forRoot({
        ...server.typeorm(),
        port,
        manualInitialization: true,
        synchronize: true,
        dropSchema: true,
        entities: [Note],
        ...options,
      } as TypeOrmModuleOptions),
      // A global module that is imported ahead of HealthModule runs its hooks earlier.
      {
        module: moduleOf({ imports: [TypeOrmModule.forFeature([Note])], providers }),
        global: true,
      },
    ];
    const health = HealthModule.forRoot({
      freshMs: 0,
      timeoutMs: 1_000,
      dataSources: { connect: true },
    });
    return startApp({ imports: where(own, health) as never[] }, () => new ExpressAdapter(), {
      logger,
    });
  };

  it.each([
    ['ahead of it', undefined],
    ['after it', (own: object[], health: object) => [health, ...own]],
  ])('providers of modules imported %s may use a repository in their hooks', async (_, where) => {
    const { app, port } = await boot(server.port, [Settings], {}, where);
    expect(app.get(Settings, { strict: false }).seen).toEqual([1, 1]);
    expect(await fetchText(port, '/readiness')).toBe('200 OK');
  });

  it.each(['constructor', 'onModuleInit', 'onApplicationBootstrap'] as const)(
    'a subscriber that a provider adds in its %s is called',
    async (moment) => {
      const Subscriber = subscriber(moment);
      const { app } = await boot(server.port, [Subscriber]);
      const notes = app.get<Repository<Note>>(getRepositoryToken(Note), { strict: false });
      await notes.save({ text: 'hello' });
      expect(app.get(Subscriber, { strict: false }).heard).toEqual(['hello']);
    },
  );

  it('a subscriber is called once, also when the first attempts failed', async () => {
    const proxy = await startProxy(server.port);
    onTestFinished(() => proxy.close());
    proxy.mode = 'reset';
    const [Early, Late] = [subscriber('constructor'), subscriber('onApplicationBootstrap')];
    const { app, port } = await boot(proxy.port, [Early, Late]);
    expect(await fetchText(port, '/readiness')).toBe(NOT_YET);
    proxy.mode = 'forward';
    await until('it is ready', async () => (await fetchText(port, '/readiness')) === '200 OK');
    const notes = app.get<Repository<Note>>(getRepositoryToken(Note), { strict: false });
    await notes.save({ text: 'hello' });
    for (const each of [Early, Late]) {
      expect(app.get<{ heard: string[] }>(each, { strict: false }).heard).toEqual(['hello']);
    }
  });

  it('boots by the deadline when the database is silent', async () => {
    const proxy = await startProxy(server.port);
    onTestFinished(() => proxy.close());
    proxy.mode = 'stall';
    const startedAt = performance.now();
    const { port } = await boot(proxy.port, []);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(await fetchText(port, '/readiness')).toBe(NOT_YET);
  });
});
