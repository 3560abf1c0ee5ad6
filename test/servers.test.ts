import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  freePort,
  type MemcachedServer,
  type PostgresServer,
  type MariadbServer,
  startMariadb,
  startMemcached,
  startPostgres,
  startProxy,
  type StallProxy,
  until,
} from './servers/index.js';

const OBSERVED_MS = 200;

/** `silent` if the promise is still pending after a while in which a server at work answers. */
const observe = (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => 'answered'), sleep(OBSERVED_MS, 'silent')]);

const ask = async (socket: Socket, request: string) => {
  socket.write(request);
  return String(await once(socket, 'data'));
};

describe.each([
  { name: 'PostgreSQL', start: startPostgres, password: 'pg-s3cret' },
  { name: 'MariaDB', start: startMariadb, password: 'my-s3cret' },
])('$name', ({ start, password }) => {
  let server: PostgresServer | MariadbServer;

  const withDataSource = async <T>(use: (dataSource: DataSource) => Promise<T>): Promise<T> => {
    const dataSource = await new DataSource(server.typeorm()).initialize();
    try {
      return await use(dataSource);
    } finally {
      await dataSource.destroy();
    }
  };
  const select = () => withDataSource((dataSource) => dataSource.query('SELECT 1 AS one'));

  beforeAll(async () => {
    server = await start({ settings: { max_connections: 12 } });
  });
  afterAll(() => server.dispose());

  it('answers TypeORM, with the settings given', async () => {
    await expect(select()).resolves.toEqual([{ one: 1 }]);
    const limit = server.type === 'postgres' ? 'SHOW max_connections' : 'SELECT @@max_connections';
    const [row] = await server.query(limit);
    expect(Object.values(row ?? {}).map(Number)).toEqual([12]);
  });

  it('has its password in the URL', async () => {
    const { type, url } = server;
    expect(url).toContain(`app:${password}@127.0.0.1:${server.port}/app`);
    const dataSource = await new DataSource({ type, url }).initialize();
    await dataSource.destroy();
    const wrong = new DataSource({ ...server.typeorm(), password: 'wrong' });
    await expect(wrong.initialize()).rejects.toThrow(/password/i);
  });

  it('counts the connections of its clients', async () => {
    await until('nobody is left', async () => (await server.connections()) === 0);
    await withDataSource(async (dataSource) => {
      await expect(server.connections()).resolves.toBe(1);
      await Promise.all([1, 2, 3].map(() => dataSource.createQueryRunner().connect()));
      await expect(server.connections()).resolves.toBe(3);
    });
    await until('they have left', async () => (await server.connections()) === 0);
  });

  it('answers neither old nor new connections while suspended', async () => {
    await withDataSource(async (dataSource) => {
      await server.suspend();
      const old = dataSource.query('SELECT 1 AS one');
      const fresh = select();
      await expect(observe(Promise.any([old, fresh]))).resolves.toBe('silent');
      expect(server.running).toBe(true);
      server.resume();
      await expect(Promise.all([old, fresh])).resolves.toEqual([[{ one: 1 }], [{ one: 1 }]]);
    });
  });

  it.each(['stop', 'kill'] as const)('starts again on the same data after %s', async (end) => {
    const { port } = server;
    await withDataSource((dataSource) => dataSource.query(`CREATE TABLE after_${end} (id int)`));
    await server.suspend();
    await server[end]();
    expect(server.running).toBe(false);
    await expect(select()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    expect(server.port).toBe(port);
    const rows = withDataSource((dataSource) => dataSource.query(`SELECT * FROM after_${end}`));
    await expect(rows).resolves.toEqual([]);
  });

  it('fails to start with the reason', async () => {
    await expect(start({ settings: { no_such_setting: 1 } })).rejects.toThrow(/no_such_setting/);
  });
});

describe('memcached', () => {
  let server: MemcachedServer;
  let client: Socket;

  beforeAll(async () => {
    server = await startMemcached(['-m', '8']);
  });
  afterAll(() => server.dispose());
  beforeEach(async () => {
    client = connect(server.port, '127.0.0.1');
    await ask(client, 'version\r\n'); // from now on accepted, not just by the kernel
  });
  afterEach(() => {
    client.destroy();
  });

  it('counts the connections of its clients', async () => {
    expect(server.address).toBe(`127.0.0.1:${server.port}`);
    // It may still count the one that found it listening.
    await until('only the client is there', async () => (await server.currConnections()) === 1);
    client.destroy();
    await until('the client has left', async () => (await server.currConnections()) === 0);
  });

  it('does not answer while suspended', async () => {
    await server.suspend();
    const answer = ask(client, 'version\r\n');
    await expect(observe(answer)).resolves.toBe('silent');
    server.resume();
    await expect(answer).resolves.toMatch(/^VERSION/);
  });

  it.each(['stop', 'kill'] as const)('starts again after %s', async (end) => {
    const { port } = server;
    const ended = once(client, 'close');
    await server[end]();
    await ended;
    expect(server.running).toBe(false);
    await server.start();
    expect(server.port).toBe(port);
    await until('nobody is left', async () => (await server.currConnections()) === 0);
  });
});

describe('the proxy', () => {
  let echo: Server;
  let accepted: Socket[];
  let proxy: StallProxy;
  let client: Socket;

  const dial = async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  beforeEach(async () => {
    accepted = [];
    echo = createServer((socket) => {
      accepted.push(socket);
      socket.on('error', () => {}).pipe(socket);
    });
    const port = await freePort();
    echo.listen(port, '127.0.0.1');
    proxy = await startProxy(port);
    client = await dial();
    await ask(client, 'hello');
  });
  afterEach(async () => {
    client.destroy();
    await proxy.close();
    echo.close();
  });

  it('counts its clients, and passes the end of a connection on', async () => {
    expect(proxy.connections).toBe(1);
    const ended = once(accepted[0]!, 'close');
    client.end();
    await ended;
    await until('the client has left', () => proxy.connections === 0);
  });

  it('stalls existing and new connections, until it forwards again', async () => {
    proxy.mode = 'stall';
    const fresh = await dial();
    const answers = [ask(client, 'old'), ask(fresh, 'new')];
    await expect(observe(Promise.any(answers))).resolves.toBe('silent');
    expect(accepted).toHaveLength(1);
    const givenUp = await dial();
    await until('all three are connected', () => proxy.connections === 3);
    givenUp.destroy();
    await until('one has given up', () => proxy.connections === 2);
    proxy.mode = 'forward';
    await expect(Promise.all(answers)).resolves.toEqual(['old', 'new']);
    fresh.destroy();
  });

  it('stalls only the existing connections, forever', async () => {
    proxy.blackholeExisting();
    const fresh = await dial();
    const lost = ask(client, 'old').catch(() => {});
    await expect(ask(fresh, 'new')).resolves.toBe('new');
    proxy.mode = 'stall';
    proxy.mode = 'forward';
    await expect(observe(lost)).resolves.toBe('silent');
    fresh.destroy();
  });

  it('resets existing and new connections', async () => {
    const failed = once(client, 'error');
    proxy.mode = 'reset';
    await expect(failed).resolves.toMatchObject([{ code: 'ECONNRESET' }]);
    const fresh = connect(proxy.port, '127.0.0.1');
    await expect(once(fresh, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until('the server has lost its connection', () => accepted[0]!.destroyed);
    expect(accepted).toHaveLength(1);
  });

  it('closes existing and new connections', async () => {
    client.resume();
    const ended = once(client, 'end');
    proxy.mode = 'close';
    await ended;
    const fresh = connect(proxy.port, '127.0.0.1').resume();
    await once(fresh, 'end');
    await until('both have left', () => proxy.connections === 0);
    expect(accepted).toHaveLength(1);
  });

  it('delays the data that the server sends', async () => {
    proxy.delayMs = 100;
    const asked = performance.now();
    await expect(ask(client, 'slow')).resolves.toBe('slow');
    expect(performance.now() - asked).toBeGreaterThanOrEqual(99);
  });

  it('refuses connections once it is closed', async () => {
    await proxy.close();
    await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    proxy = await startProxy(proxy.port);
  });
});
