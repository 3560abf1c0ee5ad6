import type { INestApplication } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { HealthModule } from 'nestjs-healthz';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../servers/index.js';
import { FAULTS, type Fault, TIMEOUT_MS } from './matrix.js';
import { POOL_SIZE, type Resource, type ResourceName, RESOURCES } from './resources.js';

// What a busy machine may add to an answer that is due.
const GENEROUS_MS = 3_000;

interface Running {
  app: INestApplication;
  get(path: string): Promise<{ status: number; body: string; ms: number }>;
}

async function start(resource: Resource): Promise<Running> {
  @Module({
    imports: [resource.module(), HealthModule.forRoot({ timeoutMs: TIMEOUT_MS, freshMs: 0 })],
  })
  class AppModule {}
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    async get(path) {
      const from = performance.now();
      const response = await fetch(url + path, { headers: { connection: 'close' } });
      return { status: response.status, body: await response.text(), ms: performance.now() - from };
    },
  };
}

const held = () =>
  process.getActiveResourcesInfo().filter((type) => /TCP|Pipe|GetAddrInfo/.test(type)).length;

describe.each(Object.keys(RESOURCES) as ResourceName[])('%s', (name) => {
  let resource: Resource;
  beforeAll(async () => {
    resource = await RESOURCES[name]();
  });
  afterAll(() => resource.dispose());

  const known = FAULTS.filter((fault) => fault.says[name]);

  it.each(known.map((fault) => [fault.name, fault] as const))('%s', async (_, fault: Fault) => {
    const before = held();
    const { app, get } = await start(resource);
    const expected = { status: 503, body: `${resource.check}: ${fault.says[name]}` };
    try {
      await resource.use(app);
      expect(await get('/readiness')).toMatchObject({ status: 200, body: 'OK' });

      await fault.inflict(resource);
      const [ready, live] = await Promise.all([get('/readiness'), get('/healthz')]);
      expect(ready).toMatchObject(expected);
      expect(ready.ms).toBeLessThan(TIMEOUT_MS + GENEROUS_MS);
      expect(live).toMatchObject({ status: 200, body: 'OK' });

      for (let n = 0; n < (fault.slow ? 5 : 100); n++) {
        expect(await get('/readiness')).toMatchObject(expected);
      }
      const crowd = await Promise.all(Array.from({ length: 200 }, () => get('/readiness')));
      for (const answer of crowd) expect(answer).toMatchObject(expected);
      expect(resource.waiting(app)).toBe(0);

      await fault.heal(resource);
      expect(await get('/readiness')).toMatchObject({ status: 200, body: 'OK' });
      await Promise.all(Array.from({ length: 3 * POOL_SIZE }, () => resource.use(app)));
    } finally {
      await app.close();
    }
    await until('nothing is left', () => held() <= before);
    await until('the server has lost the app', async () => (await resource.connections()) === 0);
  });
});
