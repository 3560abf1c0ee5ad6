import type { LoggerService, Provider, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ServerTCP } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import Memcached from 'memcached';
import { HealthModule, type HealthModuleOptions } from 'nestjs-healthz';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { moduleOf, startApp } from '../support/app.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { get } from '../support/request.js';

/** Starts an app with one resource; returns its warnings, and checks that they are not repeated. */
async function warnings(resource: unknown, options: HealthModuleOptions = {}): Promise<string[]> {
  const logger = new RecordingLogger();
  const { port } = await startApp(
    {
      imports: [HealthModule.forRoot({ timeoutMs: 500, ...options })],
      providers: [{ provide: 'RESOURCE', useValue: resource }],
    },
    () => new ExpressAdapter(),
    { logger },
  );
  const lines = logger.ofHealthModule.filter((line) => line.startsWith('warn'));
  await get(port, '/healthz');
  expect(logger.ofHealthModule.filter((line) => line.startsWith('warn'))).toEqual(lines);
  return lines;
}

const dataSource = (options: DataSourceOptions) => new DataSource(options);
const servers = { master: { host: 'a' }, slaves: [{ host: 'b' }, { host: 'c' }] };

describe('at start-up an app warns once', () => {
  it.each<[string, unknown, RegExp[]]>([
    [
      'of pg without a connection timeout',
      dataSource({ type: 'postgres' }),
      [/^warn db\.RESOURCE: connectTimeoutMS is not set/],
    ],
    [
      'not of pg with a connection timeout',
      dataSource({ type: 'postgres', connectTimeoutMS: 2_000 }),
      [],
    ],
    [
      'not of pg with a connection timeout in extra',
      dataSource({ type: 'postgres', extra: { connectionTimeoutMillis: 2_000 } }),
      [],
    ],
    [
      'of mysql2 without restoreNodeTimeout, which deletes failing servers',
      dataSource({ type: 'mysql', replication: servers }),
      [/^warn db\.RESOURCE: replication\.restoreNodeTimeout is not set/],
    ],
    [
      'not of mysql2 with restoreNodeTimeout',
      dataSource({ type: 'mysql', replication: { ...servers, restoreNodeTimeout: 1_000 } }),
      [],
    ],
    [
      'of replicas of the mysql package, whose pools are unknown',
      dataSource({
        type: 'mysql',
        driver: { createPool: () => {}, createPoolCluster: () => {} },
        replication: { ...servers, restoreNodeTimeout: 1_000 },
      }),
      [/^warn db\.RESOURCE: the replicas of mysql cannot be checked separately/],
    ],
    [
      'of a memcached client that leaves a failed server unused for hours',
      new Memcached('127.0.0.1:1'),
      [/^warn cache\.RESOURCE: reconnect is 18000000 ms/],
    ],
    [
      'not of a memcached client with a short reconnect',
      new Memcached('127.0.0.1:1', { reconnect: 10_000 }),
      [],
    ],
    [
      'not of a memcached client that never marks a server as failed',
      new Memcached('127.0.0.1:1', { failures: 1e9 }),
      [],
    ],
  ])('%s', async (_what, resource, expected) => {
    expect(await warnings(resource)).toEqual(expected.map((line) => expect.stringMatching(line)));
  });
});

/** The log lines at start-up that list the checks of readiness. */
async function readinessLines(providers: Provider[], options: HealthModuleOptions = {}) {
  const logger = new RecordingLogger();
  await startApp(
    { imports: [HealthModule.forRoot(options)], providers },
    () => new ExpressAdapter(),
    { logger },
  );
  return logger.ofHealthModule.filter((line) => line.includes('readiness checks'));
}

const sqlite = (provide: string): Provider => ({
  provide,
  useValue: dataSource({ type: 'sqljs' }),
});

async function startWorker(module: Type, logger: LoggerService): Promise<void> {
  const app = await NestFactory.createApplicationContext(module, { logger });
  onTestFinished(() => app.close());
}

async function startMicroservice(module: Type, logger: LoggerService): Promise<void> {
  const transport = new ServerTCP({ port: 0, host: '127.0.0.1' });
  const app = await NestFactory.createMicroservice(module, { strategy: transport, logger });
  onTestFinished(() => app.close());
  await app.listen();
}

describe('at start-up an app logs', () => {
  it('the checks of readiness, and the timeoutSeconds that Kubernetes needs', async () => {
    const client = new Memcached('127.0.0.1:1', { reconnect: 1_000 });
    onTestFinished(() => client.end());
    const providers = [sqlite('reporting'), { provide: 'SESSIONS', useValue: client }];
    const options = { readiness: { checks: { mail: () => true } } };
    expect(await readinessLines(providers, options)).toEqual([
      'log readiness checks db.reporting, cache.SESSIONS, mail within 3050 ms; Kubernetes needs timeoutSeconds: 4.',
    ]);
  });

  it('no timeoutSeconds when the default of Kubernetes is enough', async () => {
    expect(await readinessLines([sqlite('a')], { timeoutMs: 500 })).toEqual([
      'log readiness checks db.a within 550 ms.',
    ]);
  });

  it('ten names, and how many more there are', async () => {
    const providers = Array.from({ length: 12 }, (_, n) => sqlite(`d${n}`));
    const [line = ''] = await readinessLines(providers, { timeoutMs: 500 });
    expect(line).toMatch(/^log readiness checks db\.d0, .*db\.d9 and 2 more within 550 ms\.$/);
  });

  it('a warning when readiness has no checks', async () => {
    expect(await readinessLines([])).toEqual([
      'warn readiness checks nothing: no DataSource, no memcached client and no other check was found.',
    ]);
  });

  it.each<[string, HealthModuleOptions]>([
    ['readiness is switched off', { readiness: false }],
    ['all checks are switched off', { dataSources: false, memcached: false }],
  ])('no checks of readiness when %s', async (_, options) => {
    expect(await readinessLines([sqlite('a')], options)).toEqual([]);
  });

  it('the clients that other modules create in their hooks, and their warnings', async () => {
    const late = {
      client: undefined as Memcached | undefined,
      onApplicationBootstrap() {
        this.client = new Memcached('127.0.0.1:1');
      },
    };
    onTestFinished(() => late.client?.end());
    const logger = new RecordingLogger();
    const options = { timeoutMs: 500, memcached: { optional: ['LATE.client'] } };
    await startApp(
      {
        imports: [HealthModule.forRoot(options)],
        providers: [{ provide: 'LATE', useValue: late }],
      },
      () => new ExpressAdapter(),
      { logger },
    );
    expect(logger.ofHealthModule).toEqual([
      expect.stringMatching(/^warn cache\.LATE\.client: reconnect is 18000000 ms/),
      'log readiness checks cache.LATE.client within 550 ms.',
    ]);
  });

  describe.each<[string, (module: Type, logger: LoggerService) => Promise<void>]>([
    ['worker', startWorker],
    ['microservice', startMicroservice],
  ])('in a %s', (_, start) => {
    const startAndLog = async (options: HealthModuleOptions) => {
      const logger = new RecordingLogger();
      const imports = [HealthModule.forRoot({ timeoutMs: 500, ...options })];
      await start(moduleOf({ imports, providers: [sqlite('a')] }), logger);
      return logger.ofHealthModule;
    };

    it('a warning without a separate port, since nothing can probe it', async () => {
      expect(await startAndLog({})).toEqual([
        'warn nothing can probe this app: it has no HTTP server. Set the server option, such as server: { port: 9000 }.',
      ]);
    });

    it('its checks with a separate port', async () => {
      expect(await startAndLog({ server: { port: 0, host: '127.0.0.1' } })).toEqual([
        expect.stringMatching(/^log probes are listening on 127\.0\.0\.1:\d+\.$/),
        'log readiness checks db.a within 550 ms.',
      ]);
    });
  });
});
