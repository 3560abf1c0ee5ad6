import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  type HealthIndicatorFunction,
  TerminusModule,
  TypeOrmHealthIndicator,
} from '@nestjs/terminus';
import { getDataSourceToken, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import Memcached from 'memcached';
import { HealthModule, ProbeService } from 'nestjs-healthz';
import type { DataSource } from 'typeorm';
import type { Addresses } from '../support/databases.js';
import { loadBetterSqlite3 } from '../support/packages.js';
import type { Apps, RunningApp } from '../support/serve.js';
import { timed } from '../support/timed.js';
import { sendOk } from './bare.js';
import { startNest } from './nest.js';
import { type Send, type Kind, rawAsk } from './raw.js';

interface Settings {
  readonly kinds: readonly Kind[];
  readonly addresses: Addresses;
}

const optionsOf = (kind: Kind, { postgres, mysql }: Addresses): TypeOrmModuleOptions =>
  kind === 'pg'
    ? { ...postgres, connectTimeoutMS: 2000 }
    : kind === 'mysql'
      ? mysql
      : { type: 'better-sqlite3', driver: loadBetterSqlite3(), database: ':memory:' };

/** The same resources checked in three ways, over HTTP at `/raw`, `/readiness` and `/terminus`, and without. */
async function start({ kinds, addresses }: Settings): Promise<RunningApp> {
  const named = kinds.map((kind, n) => ({ kind, name: `${kind}${n}` }));
  const sql = named.filter(({ kind }) => kind !== 'memcached');
  const caches = named.filter(({ kind }) => kind === 'memcached');
  const rawChecks = await Promise.all(kinds.map((kind) => rawAsk(kind, addresses)));
  const pingChecks: HealthIndicatorFunction[] = [];

  @Controller()
  class TerminusController {
    constructor(@Inject(HealthCheckService) private readonly health: HealthCheckService) {}

    @Get('terminus')
    @HealthCheck()
    check() {
      return this.health.check(pingChecks);
    }
  }

  const ways: Record<string, Send> = {
    raw: () => Promise.all(rawChecks.map((check) => check())),
    healthz: () => probes.check('readiness'),
    terminus: () => health.check(pingChecks),
  };
  const bareMiddleware = (
    { url }: IncomingMessage,
    response: ServerResponse,
    next: () => void,
  ): unknown =>
    url === '/raw' ? Promise.resolve(ways.raw?.()).then(() => sendOk(response)) : next();
  const { app, port } = await startNest(
    'Express',
    {
      imports: [
        HealthModule.forRoot({ freshMs: 0 }),
        TerminusModule,
        ...sql.map(({ kind, name }) =>
          TypeOrmModule.forRoot({ ...optionsOf(kind, addresses), name } as TypeOrmModuleOptions),
        ),
      ],
      providers: caches.map(({ name }) => ({
        provide: name,
        useValue: new Memcached(addresses.memcached),
      })),
      controllers: [TerminusController],
    },
    (nest) => nest.use(bareMiddleware),
  );
  const probes = app.get(ProbeService, { strict: false });
  const health = await app.resolve(HealthCheckService, undefined, { strict: false });
  const indicator = await app.resolve(TypeOrmHealthIndicator, undefined, { strict: false });
  for (const { name } of sql) {
    const connection = app.get<DataSource>(getDataSourceToken(name), { strict: false });
    pingChecks.push(() => indicator.pingCheck(name, { connection }));
  }
  return { port, answers: timed(ways) };
}

export const apps: Apps = { start };
