import { readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type MariadbServer,
  type PostgresServer,
  startMariadb,
  startPostgres,
  until,
} from '../servers/index.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';
import { BUSY, giveBack, holdAll, POOL_SIZE, statusOf } from './held-pool.js';

// A third of it is waited in line, and the rest is for a new connection on a busy machine.
const TIMEOUT_MS = 1_200;
const IS_BUSY = '200 OK';
const UNREACHABLE = '503 db.default: cannot connect to database.';

function start(server: PostgresServer | MariadbServer, more: object = {}): Promise<ProbedApp> {
  const options = { ...server.typeorm(), poolSize: POOL_SIZE, ...more };
  return probedApp(
    { imports: [TypeOrmModule.forRoot(options as DataSourceOptions)] },
    { timeoutMs: TIMEOUT_MS },
  );
}

/** The held connections still work; given back, the pool is up and no connection is left over. */
async function expectPoolUnharmed(
  probed: ProbedApp,
  server: PostgresServer | MariadbServer,
  runners: Awaited<ReturnType<typeof holdAll>>,
) {
  await Promise.all(runners.map((runner) => runner.query('SELECT 1')));
  await giveBack(runners);
  expect(await statusOf(probed)).toEqual([200, 'ok', { status: 'up' }]);
  await until('no other connection is left', async () => (await server.connections()) <= POOL_SIZE);
}

describe('postgres', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.dispose());

  const rotate = (password: string) => server.query(`ALTER ROLE app PASSWORD '${password}'`);
  const login = (allowed: string) => server.query(`ALTER ROLE app ${allowed}`);
  let access = '';
  async function setAccess(rule: string) {
    const [row] = await server.query('SHOW hba_file');
    const file = String(row?.['hba_file']);
    if (!access) access = readFileSync(file, 'utf8');
    writeFileSync(file, rule + access);
    await server.query('SELECT pg_reload_conf()');
  }

  it.each([
    ['its password is rotated', () => rotate('new'), () => rotate(server.password)],
    [
      'pg_hba rejects it',
      () => setAccess('host all app 127.0.0.1/32 reject\n'),
      () => setAccess(''),
    ],
    ['its role may no longer log in', () => login('NOLOGIN'), () => login('LOGIN')],
    [
      'the role is at its limit',
      () => login(`CONNECTION LIMIT ${POOL_SIZE}`),
      () => login('CONNECTION LIMIT -1'),
    ],
  ])('is ready while the app holds every connection and %s', async (_, refuse, admit) => {
    const probed = await start(server);
    const runners = await holdAll(probed);
    await refuse();
    try {
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    } finally {
      await admit();
    }
    await expectPoolUnharmed(probed, server, runners);
  });

  it('counts a pool as stuck also when the server refuses the probe', async () => {
    const probed = await start(server);
    const runners = await holdAll(probed);
    await rotate('new');
    onTestFinished(() => void rotate(server.password));
    await until('it is not ready', async () => (await probed.fetchReadiness()) !== IS_BUSY, 30_000);
    expect(await probed.fetchReadiness()).toBe(
      '503 db.default: connection pool gives no connections.',
    );
    await rotate(server.password);
    await expectPoolUnharmed(probed, server, runners);
  });

  it('is not ready while the server shuts down, though it waits for the app to leave', async () => {
    const leaving = await startPostgres();
    onTestFinished(() => leaving.dispose());
    const probed = await start(leaving);
    const runners = await holdAll(probed);
    const [row] = await leaving.query("SELECT pg_read_file('postmaster.pid') AS pid");
    process.kill(Number.parseInt(String(row?.['pid']), 10), 'SIGTERM');
    await until('it refuses', () =>
      leaving.query('SELECT 1').then(
        () => false,
        () => true,
      ),
    );
    expect(await probed.fetchReadiness()).toBe(UNREACHABLE);
    await Promise.all(runners.map((runner) => runner.query('SELECT 1')));
    await giveBack(runners);
  });
});

describe('mariadb', () => {
  let server: MariadbServer;
  beforeAll(async () => {
    server = await startMariadb();
  });
  afterAll(() => server.dispose());

  const USER = "app@'127.0.0.1'";
  const alter = (change: string) => server.query(`ALTER USER ${USER} ${change}`);
  const rename = (from: string, to: string) => server.query(`RENAME USER ${from} TO ${to}`);

  it.each([
    [
      'its password is rotated',
      () => alter("IDENTIFIED BY 'new'"),
      () => alter(`IDENTIFIED BY '${server.password}'`),
    ],
    ['its account is locked', () => alter('ACCOUNT LOCK'), () => alter('ACCOUNT UNLOCK')],
    [
      'its host is no longer allowed',
      () => rename(USER, "app@'10.9.8.7'"),
      () => rename("app@'10.9.8.7'", USER),
    ],
    [
      'the user is at its limit',
      () => alter(`WITH MAX_USER_CONNECTIONS ${POOL_SIZE}`),
      () => alter('WITH MAX_USER_CONNECTIONS 0'),
    ],
  ])('is ready while the app holds every connection and %s', async (_, refuse, admit) => {
    const probed = await start(server);
    const runners = await holdAll(probed);
    await refuse();
    try {
      expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    } finally {
      await admit();
    }
    await expectPoolUnharmed(probed, server, runners);
  });
});

/** Forwards connections to a server until it refuses new ones with these bytes, as a pooler in front would. */
async function startPooler(serverPort: number) {
  let refusal: ((socket: Socket) => void) | undefined;
  const pooler = createServer((socket) => {
    socket.on('error', () => {});
    if (refusal) return refusal(socket);
    const upstream = connect(serverPort, '127.0.0.1');
    upstream.on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await once(pooler.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void pooler.close());
  return {
    port: (pooler.address() as AddressInfo).port,
    refuseWith: (act: (socket: Socket) => void) => (refusal = act),
  };
}

/** PostgreSQL's ErrorResponse, in reply to the startup message. */
const errorResponse = (code: string, message: string) => (socket: Socket) => {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  socket.once('data', () => socket.end(Buffer.concat([head, fields])));
};

/** MySQL's error packet, in place of a greeting. */
const errorPacket = (errno: number, message: string) => (socket: Socket) => {
  const text = Buffer.from(`\xff  ${message}`, 'latin1');
  text.writeUInt16LE(errno, 1);
  const head = Buffer.alloc(4);
  head.writeUIntLE(text.length, 0, 3);
  socket.end(Buffer.concat([head, text]));
};

type Refusal = [name: string, expected: string, refusal: (socket: Socket) => void];
const RESET = (socket: Socket) => socket.resetAndDestroy();
const CLOSE = (socket: Socket) => socket.end();

describe.each([
  [
    'a pooler of postgres',
    startPostgres,
    [
      ['is full', IS_BUSY, errorResponse('08P01', 'no more connections allowed (max_client_conn)')],
      [
        'cannot reach its server',
        UNREACHABLE,
        errorResponse(
          '08P01',
          'server login has been failing, try again later (server_login_retry)',
        ),
      ],
      ['ends', UNREACHABLE, errorResponse('57P01', 'terminating connection')],
      ['recovers', UNREACHABLE, errorResponse('57P03', 'the database system is starting up')],
      ['resets', UNREACHABLE, RESET],
      ['closes', UNREACHABLE, CLOSE],
    ],
  ],
  [
    'a proxy of mariadb',
    startMariadb,
    [
      ['is full', IS_BUSY, errorPacket(1040, 'Too many connections')],
      ['blocks the host', IS_BUSY, errorPacket(1129, 'Host is blocked')],
      ['cannot reach its server', UNREACHABLE, errorPacket(2003, "Can't connect to server")],
      ['ends', UNREACHABLE, errorPacket(1053, 'Server shutdown in progress')],
      ['is offline', UNREACHABLE, errorPacket(3032, 'The server is currently in offline mode')],
      ['resets', UNREACHABLE, RESET],
      ['closes', UNREACHABLE, CLOSE],
    ],
  ],
] as [string, typeof startPostgres | typeof startMariadb, Refusal[]][])(
  '%s',
  (_, startServer, refusals) => {
    let server: PostgresServer | MariadbServer;
    beforeAll(async () => {
      server = await startServer();
    });
    afterAll(() => server.dispose());

    it.each(refusals)('that %s is reported as "%s"', async (__, expected, refusal) => {
      const pooler = await startPooler(server.port);
      const probed = await start(server, { port: pooler.port });
      const runners = await holdAll(probed);
      pooler.refuseWith(refusal);
      expect(await probed.fetchReadiness()).toBe(expected);
      await expectPoolUnharmed(probed, server, runners);
    });
  },
);
