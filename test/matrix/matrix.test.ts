import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  freePort,
  type MariadbServer,
  type MemcachedServer,
  type PostgresServer,
  startMariadb,
  startMemcached,
  startPostgres,
  until,
} from '../servers/index.js';
import { get, getJson, fetchText } from '../support/request.js';
import { CellApp, type RunningCell } from './cell-app.js';
import { type Cell, CELLS, titleOf } from './cells.js';

const LET_IN = { 'x-session': 'some', 'x-token': 'some' };
const DEADLINE_MS = 1_000;
/** The tests of the faults measure it; here it only tells an answer from a time-out of others. */
const LATEST_MS = 3 * DEADLINE_MS;

let postgres: PostgresServer;
let mariadb: MariadbServer;
let memcached: MemcachedServer;

beforeAll(async () => {
  [postgres, mariadb, memcached] = await Promise.all([
    startPostgres(),
    startMariadb(),
    startMemcached(),
  ]);
});

afterAll(async () => {
  await Promise.all([postgres, mariadb, memcached].map((server) => server?.dispose()));
});

describe.each(CELLS.map((cell) => [titleOf(cell), cell] as const))('%s', (_, cell) => {
  let cellApp: CellApp;
  let mistakes: string[];
  let probePort: number;
  let app: RunningCell;

  beforeAll(async () => {
    cellApp = await CellApp.create(cell, inject('tarball'));
    mistakes = await cellApp.compile();
    probePort = await freePort();
    app = await cellApp.start({
      POSTGRES_URL: postgres.url,
      MARIADB_URL: mariadb.url,
      MEMCACHED: memcached.address,
      PROBE_PORT: `${probePort}`,
    });
  });

  afterAll(async () => {
    app?.dispose();
    await cellApp?.remove();
  });

  const countNotes = async () => {
    const { status, headers, body } = await get(app.port, '/api/notes', LET_IN);
    return { status, connection: headers.connection, body: JSON.parse(body) };
  };

  it('has the versions of its cell', async () => {
    const versions = { ...(await cellApp.versions()), node: app.node };
    for (const [name, version] of Object.entries(versions)) {
      expect(`${name} ${version}.`).toContain(`${name} ${cell[name as keyof Cell]}.`);
    }
  });

  it('compiles, and the types of the package with it', () => {
    expect(mistakes).toEqual([]);
  });

  it('answers before the middleware and guards that fail', async () => {
    expect(await fetchText(app.port, '/api/notes')).toBe('500 no session store');
    expect((await get(app.port, '/api/notes', { 'x-session': 'some' })).status).toBe(403);
    expect((await countNotes()).body).toEqual({ counts: [0, 0], tornDown: false });
    for (const path of ['/healthz', '/readiness', '/startupz']) {
      expect(await fetchText(app.port, path)).toBe('200 OK');
    }
    // what the consumer binds: behind app.use(), ahead of guards and routes
    expect(await fetchText(app.port, '/api/readiness', { 'x-session': 'some' })).toBe('200 OK');
    expect((await get(app.port, '/readiness/x', LET_IN)).status).toBe(404);
  });

  it('answers on the port of the probes, of everything it has', async () => {
    expect(await getJson(probePort, '/readiness')).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        details: {
          'db.default': { status: 'up' },
          'db.reporting': { status: 'up' },
          'cache.SESSION_CACHE': { status: 'up' },
        },
      },
    });
    expect(await fetchText(probePort, '/api/notes', LET_IN)).toBe('404 not found.');
  });

  it.each([
    ['db.default', () => postgres],
    ['db.reporting', () => mariadb],
    ['cache.SESSION_CACHE', () => memcached],
  ] as const)('says in time that %s hangs, and is well again after it', async (name, server) => {
    await server().suspend();
    try {
      const startedAt = performance.now();
      const said = await fetchText(app.port, '/readiness');
      expect(performance.now() - startedAt).toBeLessThan(LATEST_MS);
      expect(said).toBe(`503 ${name}: no answer within ${DEADLINE_MS} ms.`);
      expect(await fetchText(app.port, '/healthz')).toBe('200 OK');
    } finally {
      server().resume();
    }
    expect(await fetchText(app.port, '/readiness')).toBe('200 OK');
    expect((await countNotes()).status).toBe(200);
  });

  it('serves requests while it drains, and then ends', async () => {
    app.beginClose();
    await until(
      'it is not ready',
      async () => (await fetchText(app.port, '/readiness')) !== '200 OK',
    );
    expect(await fetchText(app.port, '/readiness')).toBe('503 shutting down.');
    expect(await fetchText(probePort, '/readiness')).toBe('503 shutting down.');
    expect(await fetchText(app.port, '/healthz')).toBe('200 OK');
    expect(await countNotes()).toEqual({
      status: 200,
      connection: 'close',
      body: { counts: [0, 0], tornDown: false },
    });
    expect(await app.ended()).toBe(0);
  });
});
