import { inspect } from 'node:util';
import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { type HealthModuleOptions, ProbeService } from 'nestjs-healthz';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { get } from '../support/request.js';

/** One secret for each place where drivers put data in their errors. */
const SECRETS = {
  host: 'db-7.internal.example',
  user: 'svc-orders',
  password: 'hunter2',
  sql: 'select card_number from payments',
  version: 'PostgreSQL 15.4',
  file: '/srv/app/node_modules/pg/lib/client.js',
  code: 'E28P01',
};

function driverError(): Error {
  const { host, user, password, sql, version, file, code } = SECRETS;
  const error = new Error(
    `connect to postgres://${user}:${password}@${host}/app failed, ` +
      `see https://${host}/why?user=x&password=${password}&tries=1: ${sql} on ${version}`,
    { cause: new Error(`again postgres://${user}:${password}@${host}`) },
  );
  error.stack = `${error.stack}\n    at Client.connect (${file}:54:11)`;
  return Object.assign(error, { code, query: sql, parameters: [password], hostname: host });
}

const CHECKS: [string, HealthIndicatorFunction][] = [
  ['throws the error', () => Promise.reject<never>(driverError())],
  [
    'returns it as a down result',
    () => {
      const error = driverError();
      return {
        orders: {
          status: 'down' as const,
          message: error.message,
          query: SECRETS.sql,
          code: SECRETS.code,
        },
      };
    },
  ],
  [
    'returns it as an up result',
    () => ({ orders: { status: 'up' as const, message: driverError().message, ...SECRETS } }),
  ],
];

const REQUESTS: [string, Record<string, string>][] = [
  ['/readiness', {}],
  ['/readiness?verbose', {}],
  ['/readiness', { accept: 'application/json' }],
  ['/readiness?format=json&exclude=x', {}],
  ['/readiness', { accept: 'text/html' }],
  ['/readiness/orders?verbose', {}],
  ['/readiness/orders?format=html', {}],
];

describe.each(ADAPTERS)("a driver's error on %s", (_adapter, createAdapter) => {
  const start = async (check: HealthIndicatorFunction, details: HealthModuleOptions['details']) => {
    const logger = new RecordingLogger();
    const { app, port } = await startEcho(
      createAdapter,
      { details, readiness: { checks: { check } } },
      { logger },
    );
    const answers: string[] = [];
    for (const [path, accept] of REQUESTS) {
      const { body, headers } = await get(port, path, accept);
      answers.push(`${body}\n${inspect(headers)}`);
    }
    const service = app.get(ProbeService);
    answers.push(
      JSON.stringify([
        await service.check('readiness'),
        await firstValueFrom(service.changes$),
        service.history('orders'),
      ]),
    );
    return { answers, log: logger.lines.map(({ message }) => message).join('\n') };
  };

  it.each(CHECKS)('never appears in a response when a check %s', async (_how, check) => {
    const { answers } = await start(check, 'status');
    expect(answers).toHaveLength(REQUESTS.length + 1);
    for (const answer of answers) {
      for (const secret of Object.values(SECRETS)) expect(answer).not.toContain(secret);
    }
  });

  it.each(CHECKS.slice(0, 2))(
    "is reduced to facts with details: 'full', and logged without passwords, when a check %s",
    async (_how, check) => {
      const { answers, log } = await start(check, 'full');
      const { password, sql, user, version, file, code } = SECRETS;
      for (const answer of answers) {
        for (const text of [password, sql, user, version, file]) expect(answer).not.toContain(text);
      }
      for (const view of [2, 4]) expect(answers[view]).toContain(code);
      expect(log).toContain(SECRETS.sql);
      expect(log).toContain('postgres://svc-orders:***@db-7.internal.example/app');
      expect(log).toContain('?user=x&password=***');
      expect(log).not.toContain(SECRETS.password);
    },
  );

  it("is reduced to facts with details: 'full' when a check is up", async () => {
    const { answers } = await start(CHECKS[2]![1], 'full');
    for (const answer of answers) {
      for (const text of [SECRETS.password, SECRETS.sql]) expect(answer).not.toContain(text);
    }
    expect(answers[2]).toContain(`"password":"***"`);
    expect(answers[2]).toContain(SECRETS.host);
  });

  it('never exposes a password where its message is truncated', async () => {
    const url = `postgres://app:${SECRETS.password.repeat(20)}@h/db`;
    for (const before of [3_900, 3_940, 7_900, 7_940]) {
      const check = () => Promise.reject<never>(new Error(`${'x '.repeat(before / 2)}${url}`));
      const { answers, log } = await start(check, 'full');
      for (const text of [...answers, log]) expect(text).not.toContain(SECRETS.password);
    }
  });
});
