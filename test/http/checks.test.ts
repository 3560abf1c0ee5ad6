import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { HealthModule, type HealthModuleOptions, ProbeService } from 'nestjs-healthz';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type CreateAdapter, startApp } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { createGate } from '../support/gate.js';
import { get, getJson, say } from '../support/request.js';

const SECRET = 'postgres://app:hunter2@10.0.0.5/app';

const up = (name: string) => () => ({ [name]: { status: 'up' as const } });
const down = (name: string) => () => ({ [name]: { status: 'down' as const, message: SECRET } });

const boom = () => {
  throw new Error(SECRET);
};

/** What readiness says of a check that returns its reason and of one that throws it. */
async function answersOf(createAdapter: CreateAdapter, details: 'status' | 'full') {
  const { port } = await startEcho(createAdapter, {
    details,
    readiness: { checks: [down('returned'), boom] },
  });
  const text = await get(port, '/readiness');
  const json = await get(port, '/readiness', { accept: 'application/json' });
  return { text: text.body, json: json.body };
}

describe.each(ADAPTERS)('checks of the user on %s', (_adapter, createAdapter) => {
  const start = (...checks: unknown[]) =>
    startEcho(createAdapter, {
      freshMs: 0,
      readiness: { checks: checks as HealthIndicatorFunction[] },
    });

  it('are asked by their own probe', async () => {
    const { port } = await startEcho(createAdapter, {
      liveness: { checks: [up('disk')] },
      readiness: { checks: [down('mail')] },
      startup: { checks: [up('cache')] },
    });
    await expect(getJson(port, '/healthz')).resolves.toMatchObject({
      body: { details: { disk: { status: 'up' } } },
    });
    await expect(getJson(port, '/startupz')).resolves.toMatchObject({
      body: { details: { cache: { status: 'up' } } },
    });
    await expect(say(port, '/healthz')).resolves.toBe('200 OK');
    await expect(say(port, '/readiness')).resolves.toBe('503 mail: check failed.');
    await expect(say(port, '/startupz')).resolves.toBe('200 OK');
  });

  it.each(['liveness', 'startup'] as const)('make %s fail', async (probe) => {
    const path = probe === 'liveness' ? '/healthz' : '/startupz';
    const options: HealthModuleOptions = { [probe]: { checks: [up('a'), down('b')] } };
    const { port } = await startEcho(createAdapter, options);
    await expect(say(port, path)).resolves.toBe('503 b: check failed.');
    await expect(say(port, '/readiness')).resolves.toBe('200 OK');
  });

  it('run at the same time', async () => {
    let waiting = 0;
    const bothWait = createGate();
    const meeting = (name: string) => async () => {
      waiting += 1;
      if (waiting === 2) bothWait.open();
      await bothWait.opened;
      return up(name)();
    };
    const { port } = await start(meeting('one'), meeting('other'));
    await expect(say(port, '/readiness')).resolves.toBe('200 OK');
  });

  it('may be several of one name: a good one hides no bad one', async () => {
    const { port } = await start(up('api'), down('api'), up('api'));
    await expect(say(port, '/readiness')).resolves.toBe('503 api#2: check failed.');
    await expect(getJson(port, '/readiness')).resolves.toMatchObject({
      body: {
        status: 'error',
        details: { 'api#2': { status: 'down' }, api: { status: 'up' }, 'api#3': { status: 'up' } },
      },
    });
    const reversed = await start(down('api'), up('api'), up('api#2'));
    await expect(say(reversed.port, '/readiness')).resolves.toBe('503 api: check failed.');
  });

  it('cannot speak for a database', async () => {
    const { port } = await startApp(
      {
        imports: [HealthModule.forRoot({ readiness: { checks: [up('db.default')] } })],
        providers: [{ provide: DataSource, useValue: new DataSource({ type: 'sqljs' }) }],
      },
      createAdapter,
    );
    await expect(say(port, '/readiness')).resolves.toBe('503 db.default: not connected yet.');
  });

  it('may report several things at once', async () => {
    const { port } = await start(() => ({ ...up('one')(), ...down('two')(), ...down('three')() }));
    await expect(say(port, '/readiness')).resolves.toBe(
      '503 two: check failed.\nthree: check failed.',
    );
  });

  it('that never settle end at the deadline, and run once', async () => {
    let runs = 0;
    const { port } = await startEcho(createAdapter, {
      readiness: {
        timeoutMs: 40,
        checks: [
          up('quick'),
          () => {
            runs += 1;
            return new Promise<never>(() => {});
          },
        ],
      },
    });
    const sentence = '503 readiness.checks[1]: no answer within 40 ms.';
    await expect(say(port, '/readiness')).resolves.toBe(sentence);
    await expect(say(port, '/readiness')).resolves.toBe(sentence);
    expect(runs).toBe(1);
    await expect(say(port, '/healthz')).resolves.toBe('200 OK');
  });

  it('that hang do not hold up closing', async () => {
    const asked = createGate();
    const hang = () => {
      asked.open();
      return new Promise<never>(() => {});
    };
    const { app, port } = await startEcho(createAdapter, {
      timeoutMs: 60_000,
      readiness: { checks: [hang] },
    });
    const answer = say(port, '/readiness');
    await asked.opened;
    await app.close();
    await expect(answer).resolves.toBe('503 shutting down.');
  });

  it("have the module's deadline if they have no other", async () => {
    const { port } = await startEcho(createAdapter, {
      timeoutMs: 30,
      readiness: { checks: [() => new Promise<never>(() => {})] },
    });
    await expect(say(port, '/readiness')).resolves.toContain('no answer within 30 ms.');
  });

  it('are called by the name of their function until they say another', async () => {
    const { port } = await start(boom);
    await expect(say(port, '/readiness')).resolves.toBe('503 boom: check failed.');
  });

  describe('that tell why they fail', () => {
    it('do not tell it everybody', async () => {
      const { text, json } = await answersOf(createAdapter, 'status');
      expect(text).toBe('returned: check failed.\nboom: check failed.');
      expect(json).not.toMatch(/postgres|hunter2|10\.0\.0\.5/);
    });

    it("tell it with details: 'full', but no password", async () => {
      const { text, json } = await answersOf(createAdapter, 'full');
      expect(JSON.parse(json)).toMatchObject({
        error: {
          returned: { error: 'postgres://app:***@10.0.0.5/app' },
          boom: { error: 'postgres://app:***@10.0.0.5/app' },
        },
      });
      expect(text + json).not.toContain('hunter2');
    });
  });

  it('never make ProbeService reject', async () => {
    const { app } = await start(() => Promise.reject(undefined));
    await expect(app.get(ProbeService).check('readiness')).resolves.toMatchObject({
      status: 'error',
      error: { 'readiness.checks[0]': { status: 'down', message: 'check failed.' } },
    });
  });
});
