import { type INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { HealthModule } from 'nestjs-healthz';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../servers/index.js';
import { type Fault, TIMEOUT_MS } from './matrix.js';
import { resolver } from './resolver.js';
import { POOL_SIZE, type Resource, type ResourceName, RESOURCES } from './resources.js';

// What a busy machine may add to an answer that is due.
const GENEROUS_MS = 3_000;
const IN_A_ROW = 100;
// Each takes its whole deadline: 100 by SLOW_IN_A_ROW take half an hour.
const IN_A_ROW_SLOW = Number(process.env['SLOW_IN_A_ROW'] ?? 10);
const AT_ONCE = 200;

resolver.install();

async function start(resource: Resource, cold: boolean) {
  @Module({
    imports: [resource.module(cold), HealthModule.forRoot({ timeoutMs: TIMEOUT_MS, freshMs: 0 })],
  })
  class AppModule {}
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app: INestApplication = testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    async get(path: string) {
      const from = performance.now();
      const response = await fetch(url + path, { headers: { connection: 'close' } });
      return { status: response.status, body: await response.text(), ms: performance.now() - from };
    },
  };
}

const sockets = () =>
  process.getActiveResourcesInfo().filter((type) => /TCP|Pipe/.test(type)).length;

/**
 * Each of the faults that a resource knows.
 *
 * @param prepare is told of the resource before any app is started; returns how to undo what it did
 */
export function describeFaultsOf(
  name: ResourceName,
  faults: readonly Fault[],
  prepare?: (resource: Resource) => Promise<() => Promise<void>>,
): void {
  describe(`${name} under faults`, () => {
    let resource: Resource;
    beforeAll(async () => {
      resource = await RESOURCES[name]();
      return prepare?.(resource);
    });
    afterAll(() => resource.dispose());

    const known = faults.flatMap(({ expected, ...fault }) => {
      const sentence = expected[name];
      return sentence === undefined ? [] : [{ ...fault, sentence }];
    });

    it.each(known)('$name: $sentence', async ({ inflict, heal, sentence, cold = false, slow }) => {
      const before = sockets();
      const ok = { status: 200, body: 'OK' };
      const faulty =
        sentence === 'OK' ? ok : { status: 503, body: `${resource.check}: ${sentence}` };
      const { app, get } = await start(resource, cold);
      let inflicted = false;
      try {
        await resource.use(app);
        expect(await get('/readiness')).toMatchObject(ok);
        if (cold) await until('no connection is left', async () => !(await resource.connections()));

        inflicted = true;
        await inflict(resource);
        const [ready, live] = await Promise.all([get('/readiness'), get('/healthz')]);
        expect(ready).toMatchObject(faulty);
        expect(ready.ms).toBeLessThan(TIMEOUT_MS + GENEROUS_MS);
        expect(live).toMatchObject(ok);

        for (let n = 0; n < (slow ? IN_A_ROW_SLOW : IN_A_ROW); n++) {
          expect(await get('/readiness')).toMatchObject(faulty);
        }
        for (const answer of await Promise.all(
          Array.from({ length: AT_ONCE }, () => get('/readiness')),
        )) {
          expect(answer).toMatchObject(faulty);
        }
        expect(resource.waiting(app)).toBe(0);
        expect(resolver.pending).toBeLessThanOrEqual(1);

        await heal(resource);
        inflicted = false;
        expect(await get('/readiness')).toMatchObject(ok);
        await Promise.all(Array.from({ length: 3 * POOL_SIZE }, () => resource.use(app)));
      } finally {
        if (inflicted) await heal(resource);
        await app.close();
      }
      await until('nothing is left here', () => sockets() <= before);
      await until('nothing is left at the server', async () => !(await resource.connections()));
    });
  });
}
