import { Socket } from 'node:net';
import { TypeOrmModule } from '@nestjs/typeorm';
import Memcached from 'memcached';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startMariadb, startMemcached, startPostgres, until } from '../servers/index.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';
import { look } from '../private-fields/fields.js';

const TIMEOUT_MS = 700;
const BLOCK_MS = TIMEOUT_MS + 60;
const LIMITS = { timeoutMs: TIMEOUT_MS };

/** Blocks the event loop each time somebody dials `port`, as soon as the kernel has been told to. */
function blockOnDialling(port: number): { readonly times: number } {
  const blocks = { times: 0 };
  const { connect } = Socket.prototype;
  const spy = vi.spyOn(Socket.prototype, 'connect');
  spy.mockImplementation(function (this: Socket, ...args: unknown[]) {
    const socket = Reflect.apply(connect, this, args) as Socket;
    if (JSON.stringify(args).includes(String(port))) {
      setImmediate(() => {
        blocks.times++;
        for (const end = performance.now() + BLOCK_MS; performance.now() < end;);
      });
    }
    return socket;
  });
  onTestFinished(() => spy.mockRestore());
  return blocks;
}

function cachedApp(address: string): Promise<ProbedApp> {
  const client = new Memcached(address);
  onTestFinished(() => client.end());
  return probedApp({ providers: [{ provide: 'CACHE', useValue: client }] }, LIMITS);
}

it('stays ready when the event loop is blocked while memcached is pinged', async () => {
  const server = await startMemcached();
  onTestFinished(() => server.dispose());
  const app = await cachedApp(server.address);
  const blocks = blockOnDialling(server.port);
  for (let n = 1; n <= 8; n++) {
    expect(await app.fetchReadiness()).toBe('200 OK');
    expect(blocks.times).toBe(n);
  }
});

it.each([
  ['PostgreSQL', startPostgres, { idleTimeoutMillis: 1 }, 'master', 'idleCount'],
  ['MariaDB', startMariadb, { maxIdle: 0, idleTimeout: 1 }, 'pool', '_allConnections'],
])(
  'stays ready when the event loop is blocked while a cold pool dials %s',
  async (_, startServer, extra, pool, members) => {
    const server = await startServer();
    onTestFinished(() => server.dispose());
    const options = { ...server.typeorm(), extra } as DataSourceOptions;
    const app = await probedApp({ imports: [TypeOrmModule.forRoot(options)] }, LIMITS);
    const isCold = () => {
      const list: unknown = look(look(app.app.get(DataSource).driver)[pool])[members];
      return ((list as { length?: number }).length ?? list) === 0;
    };
    const blocks = blockOnDialling(server.port);
    for (let n = 1; n <= 8; n++) {
      await until('the pool is cold', isCold);
      expect(await app.fetchReadiness()).toBe('200 OK');
      expect(blocks.times).toBe(n);
    }
  },
);

it('reports a memcached that hangs by the deadline and the length of the block', async () => {
  const server = await startMemcached();
  onTestFinished(() => server.dispose());
  const app = await cachedApp(server.address);
  await server.suspend();
  blockOnDialling(server.port);
  const startedAt = performance.now();
  expect(await app.fetchReadiness()).toBe(`503 cache.CACHE: no answer within ${TIMEOUT_MS} ms.`);
  expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + BLOCK_MS + 500);
});
