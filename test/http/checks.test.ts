import {
  type HealthModuleOptions,
  MemcachedHealthIndicator,
  type ProbeOptions,
  ProbeService,
} from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type CreateAdapter } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { createGate } from '../support/gate.js';
import { get, getJson, fetchText } from '../support/request.js';

const SECRET = 'postgres://app:hunter2@10.0.0.5/app';

const up = (name: string) => () => ({ [name]: { status: 'up' as const } });
const down = (name: string) => () => ({ [name]: { status: 'down' as const, message: SECRET } });

const boom = () => {
  throw new Error(SECRET);
};

/** The responses of readiness with a check that returns its reason and one that throws it. */
async function fetchFailures(createAdapter: CreateAdapter, details: 'status' | 'full') {
  const { port } = await startEcho(createAdapter, {
    details,
    readiness: { checks: { returned: down('returned'), boom } },
  });
  const text = await get(port, '/readiness');
  const json = await get(port, '/readiness', { accept: 'application/json' });
  return { text: text.body, json: json.body };
}

describe.each(ADAPTERS)('checks in the options on %s', (_adapter, createAdapter) => {
  const start = (checks: ProbeOptions['checks']) =>
    startEcho(createAdapter, { freshMs: 0, readiness: { checks } });

  it('run for the probe that they belong to', async () => {
    const { port } = await startEcho(createAdapter, {
      liveness: { checks: { disk: up('disk') } },
      readiness: { checks: { mail: down('mail') } },
      startup: { checks: { cache: up('cache') } },
    });
    await expect(getJson(port, '/healthz')).resolves.toMatchObject({
      body: { details: { disk: { status: 'up' } } },
    });
    await expect(getJson(port, '/startupz')).resolves.toMatchObject({
      body: { details: { cache: { status: 'up' } } },
    });
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 mail: check failed.');
    await expect(fetchText(port, '/startupz')).resolves.toBe('200 OK');
  });

  it.each(['liveness', 'startup'] as const)('make %s fail', async (probe) => {
    const path = probe === 'liveness' ? '/healthz' : '/startupz';
    const options: HealthModuleOptions = { [probe]: { checks: { a: up('a'), b: down('b') } } };
    const { port } = await startEcho(createAdapter, options);
    await expect(fetchText(port, path)).resolves.toBe('503 b: check failed.');
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
  });

  it('run at the same time', async () => {
    let running = 0;
    const bothRun = createGate();
    const waitForBoth = (name: string) => async () => {
      running += 1;
      if (running === 2) bothRun.open();
      await bothRun.opened;
      return up(name)();
    };
    const { port } = await start({ one: waitForBoth('one'), other: waitForBoth('other') });
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
  });

  it('report each of several results under the name of the check', async () => {
    const results = { ...up('one')(), ...down('two')(), ...down('three')() };
    const { port } = await start({ mail: () => results });
    await expect(fetchText(port, '/readiness')).resolves.toBe(
      '503 mail.two: check failed.\nmail.three: check failed.',
    );
  });

  it('report a single result as the check, whatever its key', async () => {
    const { port } = await start({ billing: down('http') });
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 billing: check failed.');
  });

  it('are up when they return no results, as pingAll() does without a cache', async () => {
    const { port, app } = await startEcho(createAdapter, {
      readiness: {
        checks: {
          tenants: () => ({}),
          caches: () => app.get(MemcachedHealthIndicator).pingAll(),
        },
      },
    });
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    const { body } = await getJson(port, '/readiness');
    expect(body).toMatchObject({
      details: { tenants: { status: 'up' }, caches: { status: 'up' } },
    });
  });

  it('may return a boolean, and get a signal that aborts at the deadline', async () => {
    let aborted = false;
    const { port } = await startEcho(createAdapter, {
      freshMs: 0,
      readiness: {
        timeoutMs: 40,
        checks: {
          yes: () => true,
          no: async () => false,
          slow: (signal) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => {
                aborted = true;
                reject(signal.reason as Error);
              });
            }),
        },
      },
    });
    await expect(fetchText(port, '/readiness')).resolves.toBe(
      '503 no: check failed.\nslow: no answer within 40 ms.',
    );
    expect(aborted).toBe(true);
  });

  it('keep the keys of their last results when they fail', async () => {
    let fails = false;
    const { port } = await start({
      queues: () => {
        if (fails) throw new Error(SECRET);
        return { ...up('mail')(), ...up('orders')() };
      },
    });
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    fails = true;
    await expect(fetchText(port, '/readiness')).resolves.toBe(
      '503 queues.mail: check failed.\nqueues.orders: check failed.',
    );
  });

  it('time out at the deadline when they never settle, and run once', async () => {
    let runs = 0;
    const { port } = await startEcho(createAdapter, {
      readiness: {
        timeoutMs: 40,
        checks: {
          quick: up('quick'),
          hang() {
            runs += 1;
            return new Promise<never>(() => {});
          },
        },
      },
    });
    const sentence = '503 hang: no answer within 40 ms.';
    await expect(fetchText(port, '/readiness')).resolves.toBe(sentence);
    await expect(fetchText(port, '/readiness')).resolves.toBe(sentence);
    expect(runs).toBe(1);
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
  });

  it('do not delay app.close() when they hang', async () => {
    const called = createGate();
    const hang = () => {
      called.open();
      return new Promise<never>(() => {});
    };
    const { app, port } = await startEcho(createAdapter, {
      timeoutMs: 60_000,
      readiness: { checks: { hang } },
    });
    const answer = fetchText(port, '/readiness');
    await called.opened;
    await app.close();
    await expect(answer).resolves.toBe('503 shutting down.');
  });

  it("have the module's deadline unless their probe has another", async () => {
    const { port } = await startEcho(createAdapter, {
      timeoutMs: 30,
      readiness: { checks: { hang: () => new Promise<never>(() => {}) } },
    });
    await expect(fetchText(port, '/readiness')).resolves.toContain('no answer within 30 ms.');
  });

  describe('that fail with a secret in the reason', () => {
    it('respond with no reason by default', async () => {
      const { text, json } = await fetchFailures(createAdapter, 'status');
      expect(text).toBe('returned: check failed.\nboom: check failed.\n');
      expect(json).not.toMatch(/postgres|hunter2|10\.0\.0\.5/);
    });

    it("respond with the class of the error with details: 'full', but not with its message", async () => {
      const { text, json } = await fetchFailures(createAdapter, 'full');
      expect(JSON.parse(json)).toMatchObject({ error: { boom: { error: 'Error' } } });
      expect(text + json).not.toMatch(/postgres|hunter2/);
    });
  });

  it('never make ProbeService reject', async () => {
    const { app } = await start({ rejects: () => Promise.reject(undefined) });
    await expect(app.get(ProbeService).check('readiness')).resolves.toMatchObject({
      status: 'error',
      error: { rejects: { status: 'down', message: 'check failed.' } },
    });
  });
});
