import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { DataSourceChecks } from 'nestjs-healthz';
import {
  Entity,
  PrimaryGeneratedColumn,
  Tree,
  TreeChildren,
  TreeParent,
  TreeRepository,
} from 'typeorm';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import {
  freePort,
  type PostgresServer,
  startPostgres,
  startProxy,
  until,
} from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';

@Entity()
@Tree('materialized-path')
class Folder {
  @PrimaryGeneratedColumn() id!: number;
  @TreeParent() parent?: Folder;
  @TreeChildren() children!: Folder[];
}

@Injectable()
class Folders implements OnModuleInit {
  trees?: Folder[];
  constructor(@InjectRepository(Folder) readonly repository: TreeRepository<Folder>) {}

  async onModuleInit() {
    if (!this.repository.manager.connection.isInitialized) return;
    const parent = await this.repository.save({});
    await this.repository.save({ parent });
    this.trees = await this.repository.findTrees();
  }
}

const NOT_YET = '503 db.default: not connected yet.';
const LONG_MS = 60_000;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

async function start(port: number, timeoutMs: number, checks: DataSourceChecks = {}) {
  const options = { manualInitialization: true, synchronize: true, dropSchema: true };
  const startedAt = performance.now();
  const probed = await probedApp(
    {
      imports: [
        TypeOrmModule.forRoot({
          ...server.typeorm(),
          ...options,
          port,
          entities: [Folder],
        } as TypeOrmModuleOptions),
        TypeOrmModule.forFeature([Folder]),
      ],
      providers: [Folders],
    },
    { timeoutMs, dataSources: { connect: true, ...checks } },
  );
  return { probed, tookMs: performance.now() - startedAt };
}

it('injects a tree repository that works in a hook', async () => {
  const { probed } = await start(server.port, LONG_MS);
  expect(probed.app.get(Folders).trees).toEqual([{ id: 1, children: [{ id: 2, children: [] }] }]);
});

it('injects a tree repository that works once the database has come', async () => {
  const proxy = await startProxy(server.port);
  onTestFinished(() => proxy.close());
  proxy.mode = 'reset';
  const { probed } = await start(proxy.port, LONG_MS);
  expect(await probed.fetchReadiness()).toBe(NOT_YET);
  proxy.mode = 'forward';
  await until('it is ready', async () => (await probed.fetchReadiness()) === '200 OK');
  const { repository } = probed.app.get(Folders);
  expect(repository).toBeInstanceOf(TreeRepository);
  await repository.save({});
  expect(await repository.findTrees()).toEqual([{ id: 1, children: [] }]);
});

it('boots at once when the database refuses the first attempt', async () => {
  const { probed, tookMs } = await start(await freePort(), LONG_MS);
  expect(tookMs).toBeLessThan(5_000);
  expect(await probed.fetchReadiness()).toBe(NOT_YET);
});

it('boots at once when a silent database is excluded', async () => {
  const proxy = await startProxy(server.port);
  onTestFinished(() => proxy.close());
  proxy.mode = 'stall';
  const { probed, tookMs } = await start(proxy.port, LONG_MS, { exclude: ['default'] });
  expect(tookMs).toBeLessThan(5_000);
  expect(await probed.fetchReadiness()).toBe('200 OK');
  expect(proxy.connections).toBe(0);
});

it('waits for the deadline of DataSources when a database is silent', async () => {
  const proxy = await startProxy(server.port);
  onTestFinished(() => proxy.close());
  proxy.mode = 'stall';
  const { probed, tookMs } = await start(proxy.port, LONG_MS, { timeoutMs: 300 });
  expect(tookMs).toBeGreaterThan(290);
  expect(tookMs).toBeLessThan(5_000);
  expect(await probed.fetchReadiness()).toBe(NOT_YET);
});
