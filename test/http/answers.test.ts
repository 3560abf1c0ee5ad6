import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { HealthModule, type HealthModuleOptions, ProbeService } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { EchoController, startEcho } from '../support/echo.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { get, getJson, fetchText } from '../support/request.js';

const TEXT = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

/** The Accept header of Chrome. */
const BROWSER =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

const billing = () => ({ billing: { status: 'up' as const } });
const search = () => ({ search: { status: 'degraded' as const, message: 'one node of 3' } });
const mail = () => ({ mail: { status: 'down' as const, message: 'ECONNREFUSED 10.0.0.7:25' } });
const DOWN = { status: 'down' as const };
const stock = () => ({ stock: DOWN });

@Module({ imports: [HealthModule] })
class BareModule {}

describe.each(ADAPTERS)('the response to a probe on %s', (_adapter, createAdapter) => {
  it('is the same with HealthModule as with HealthModule.forRoot()', async () => {
    const { port } = await startApp(
      { imports: [BareModule], controllers: [EchoController] },
      createAdapter,
    );
    for (const path of ['/healthz', '/readiness', '/startupz']) {
      await expect(fetchText(port, path)).resolves.toBe('200 OK');
    }
    await expect(fetchText(port, '/')).resolves.toBe('200 app: GET /');
  });

  const error = new Error('no luck with amqp://app:hunter2@mq.local/');

  it.each([
    ['rejects', () => Promise.reject(error)],
    [
      'throws',
      () => {
        throw error;
      },
    ],
  ])('is a 503 when the report %s, and the error is logged', async (_how, report) => {
    const testing = await Test.createTestingModule({ imports: [HealthModule.forRoot()] })
      .overrideProvider(ProbeService)
      .useValue({ runners: { readiness: { report } } })
      .compile();
    const logger = new RecordingLogger();
    const app = testing.createNestApplication(createAdapter(), { logger });
    onTestFinished(() => app.close());
    const server = await app.listen(0, '127.0.0.1');
    const { port } = server.address() as AddressInfo;
    await expect(fetchText(port, '/readiness')).resolves.toBe('503 probe: check failed.');
    const [line, ...more] = logger.lines.filter(({ level }) => level === 'error');
    expect(line).toMatchObject({
      message: 'a probe could not be answered: no luck with amqp://app:***@mq.local/',
      context: 'HealthModule',
    });
    expect(more).toEqual([]);
  });

  const start = (readiness: HealthModuleOptions['readiness'], others?: HealthModuleOptions) =>
    startEcho(createAdapter, { readiness, ...others });

  it.each([
    ['OK as text', {}, undefined, 200, TEXT],
    ['OK as JSON', {}, 'application/json', 200, JSON_TYPE],
    ['a failure as text', { mail }, undefined, 503, TEXT],
    ['a failure as JSON', { mail }, 'application/json', 503, JSON_TYPE],
    ['a failure as a page', { mail }, 'text/html', 503, HTML],
  ])('has all headers: %s', async (_what, checks, accept, status, type) => {
    const { port } = await start({ checks });
    const { headers, bytes, ...answer } = await get(
      port,
      '/readiness',
      accept === undefined ? {} : { accept },
    );
    expect(answer.status).toBe(status);
    expect(headers).toMatchObject({
      'content-type': type,
      'content-length': String(bytes.length),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      vary: 'Accept',
    });
    expect(headers).not.toHaveProperty('etag');
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('transfer-encoding');
  });

  it('has a Content-Length in bytes, not characters', async () => {
    const { port } = await start({ checks: { size: () => ({ größe: DOWN, weight: DOWN }) } });
    const { headers, body } = await get(port, '/readiness');
    expect(body).toBe('size.größe: check failed.\nsize.weight: check failed.\n');
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
  });

  it('ends with a line break when it has several lines', async () => {
    const { port } = await start({ checks: { mail, stock } });
    const { body } = await get(port, '/readiness');
    expect(body).toBe('mail: check failed.\nstock: check failed.\n');
    expect((await get(port, '/readiness/mail')).body).toBe('mail: check failed.');
    expect((await get(port, '/healthz')).body).toBe('OK');
  });

  it('has one line for each failing check, and no other line', async () => {
    const { port } = await start({ checks: { billing, mail, search, stock } });
    await expect(fetchText(port, '/readiness')).resolves.toBe(
      '503 mail: check failed.\nstock: check failed.',
    );
  });

  it('is a 200 when a check is degraded', async () => {
    const { port } = await start({ checks: { billing, search } });
    await expect(fetchText(port, '/readiness')).resolves.toBe('200 OK');
    await expect(getJson(port, '/readiness')).resolves.toMatchObject({
      status: 200,
      body: { status: 'degraded', info: { search: { status: 'degraded' } }, error: {} },
    });
  });

  it("is Terminus's HealthCheckResult as JSON", async () => {
    const { port } = await start({ checks: { billing, mail } });
    const responseTime = expect.any(Number);
    const up = { billing: { status: 'up', responseTime } };
    const down = { mail: { status: 'down', message: 'check failed.', responseTime } };
    await expect(getJson(port, '/readiness')).resolves.toEqual({
      status: 503,
      body: { status: 'error', info: up, error: down, details: { ...up, ...down } },
    });
    await expect(getJson(port, '/healthz')).resolves.toEqual({
      status: 200,
      body: { status: 'ok', info: {}, error: {}, details: {} },
    });
  });

  it("has the code and the address of an error with details: 'full'", async () => {
    const facts = { code: 'ECONNREFUSED', syscall: 'connect', address: '10.0.0.7', port: 25 };
    const refused = Object.assign(new Error('cannot send'), facts);
    const { port } = await start(
      { checks: { mail: () => Promise.reject<never>(refused) } },
      { details: 'full' },
    );
    const { body } = await getJson(port, '/readiness');
    expect(body).toMatchObject({ error: { mail: { error: 'connect ECONNREFUSED 10.0.0.7:25' } } });
  });

  it('has the status of unhealthyStatus when a check fails', async () => {
    const { port } = await start({ checks: { mail } }, { unhealthyStatus: 500 });
    await expect(fetchText(port, '/readiness')).resolves.toBe('500 mail: check failed.');
    await expect(getJson(port, '/readiness')).resolves.toMatchObject({ status: 500 });
    await expect(fetchText(port, '/healthz')).resolves.toBe('200 OK');
  });

  it.each([204, 399, 429])('has the status %d as degradedStatus', async (degradedStatus) => {
    const { port } = await start({ checks: { mail }, optional: true }, { degradedStatus });
    const body = degradedStatus === 204 ? '' : 'OK';
    expect(await fetchText(port, '/readiness')).toBe(`${degradedStatus} ${body}`);
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
  });

  it('has the unhealthyStatus of the app that responds, with two apps in one process', async () => {
    for (const unhealthyStatus of [500, 418]) {
      const { app, port } = await start({ checks: {} }, { unhealthyStatus, drainMs: 1_000 });
      const closed = app.close();
      await until('it drains', async () => (await fetchText(port, '/readiness')) !== '200 OK');
      expect(await fetchText(port, '/readiness')).toBe(`${unhealthyStatus} shutting down.`);
      await closed;
    }
  });

  it.each([
    [undefined, TEXT],
    ['', TEXT],
    ['*/*', TEXT],
    ['text/html', HTML],
    [BROWSER, HTML],
    ['application/json, text/html', JSON_TYPE],
    ['text/html;q=0.8, text/plain', TEXT],
    ['text/*', TEXT],
    ['text/plain', TEXT],
    ['application/xml, */*;q=0.8', TEXT],
    ['application/vnd.api+json', TEXT],
    ['application/json', JSON_TYPE],
    ['APPLICATION/JSON', JSON_TYPE],
    ['application/json; charset=utf-8', JSON_TYPE],
    ['application/json, text/plain, */*', JSON_TYPE],
    ['text/html, application/json;q=0.9, */*;q=0.8', HTML],
    ['text/html;q=0.8, application/json;q=0.9, */*;q=0.7', JSON_TYPE],
    ['text/plain, application/json', TEXT],
    ['text/plain;q=0.5, application/json', JSON_TYPE],
    ['text/plain ; q=0.8 , application/json ; q=0.7', TEXT],
    ['application/json;q=0.7, text/plain;q=0.8', TEXT],
    ['application/json;q=0', TEXT],
    ['application/json;q=nonsense', TEXT],
    [',;,application/json;;,', JSON_TYPE],
  ])('has for Accept: %s the type %s', async (accept, type) => {
    const { port } = await start({});
    const { status, headers } = await get(
      port,
      '/readiness',
      accept === undefined ? {} : { accept },
    );
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(type);
  });
});
