import { HealthModule } from 'nestjs-healthz';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { enteredFunctions } from '../support/entered-functions.js';
import { fetchText } from '../support/request.js';

let postgres: PostgresServer;
let dataSource: DataSource;
beforeAll(async () => {
  postgres = await startPostgres();
  dataSource = await new DataSource(postgres.typeorm()).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await postgres.stop();
});

describe.each(ADAPTERS)('the functions that a warm request enters on %s', (_, createAdapter) => {
  const entered = async (path: string) => {
    const { port } = await startApp(
      {
        imports: [HealthModule.forRoot({ freshMs: 0 })],
        providers: [{ provide: DataSource, useValue: dataSource }],
      },
      createAdapter,
    );
    const request = () => fetchText(port, path);
    for (let n = 0; n < 3; n++) expect(await request()).toBe('200 OK');
    return enteredFunctions(request);
  };

  it('are at most 10 for liveness', async () => {
    const functions = await entered('/healthz');
    expect(functions).toContain('http/probe-router.ts: match');
    expect(functions.slice(10)).toEqual([]);
  });

  it('are at most 59 for readiness with one PostgreSQL', async () => {
    const functions = await entered('/readiness');
    expect(functions).toContain('probes/probe-runner.ts: run');
    expect(functions.slice(59)).toEqual([]);
  });
});
