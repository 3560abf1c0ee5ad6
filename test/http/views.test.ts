import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { HealthModule, type HealthModuleOptions } from 'nestjs-healthz';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, startApp } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { get, request, fetchText } from '../support/request.js';

const billing = () => ({ billing: { status: 'up' as const } });
const search = () => ({ search: { status: 'degraded' as const, message: 'one of 3' } });
const mail = () => ({ mail: { status: 'down' as const, message: 'refused\nby 10.0.0.7' } });

describe.each(ADAPTERS)('HealthModule on %s', (_adapter, createAdapter) => {
  const start = (checks: Record<string, HealthIndicatorFunction>, options?: HealthModuleOptions) =>
    startEcho(createAdapter, { freshMs: 0, readiness: { checks }, ...options });

  describe('with ?verbose', () => {
    it("responds with a line for each check, in the format of Kubernetes' API server", async () => {
      const { port } = await start({ billing, search, mail });
      const lines = [
        '[+] billing ok',
        '[~] search degraded: check failed.',
        '[-] mail failed: check failed.',
        'readiness check failed',
      ];
      await expect(fetchText(port, '/readiness?verbose')).resolves.toBe(`503 ${lines.join('\n')}`);
      await expect(fetchText(port, '/healthz?verbose')).resolves.toBe('200 liveness check passed');
    });

    it("responds with one line for each check with details: 'full' too", async () => {
      const refused = new Error('no', { cause: Object.assign(new Error('no'), { code: 'E7' }) });
      const { port } = await start(
        { mail: () => Promise.reject<never>(refused) },
        { details: 'full' },
      );
      await expect(fetchText(port, '/readiness?verbose=1')).resolves.toBe(
        '503 [-] mail failed: check failed. Error: Error E7\nreadiness check failed',
      );
    });

    it('responds with "check passed" when no check is down', async () => {
      const { port } = await start({ billing, search });
      await expect(fetchText(port, '/readiness?verbose')).resolves.toBe(
        '200 [+] billing ok\n[~] search degraded: check failed.\nreadiness check passed',
      );
    });
  });

  describe('with ?exclude=', () => {
    it('leaves the named checks out, and does not run them', async () => {
      let calls = 0;
      const counted = () => {
        calls += 1;
        return mail();
      };
      const { port } = await start({ billing, search, mail: counted });
      await expect(fetchText(port, '/readiness?exclude=mail')).resolves.toBe('200 OK');
      await expect(
        fetchText(port, '/readiness?verbose&exclude=mail&exclude=search&exclude='),
      ).resolves.toBe('200 [+] billing ok\nreadiness check passed');
      expect(calls).toBe(0);
      await expect(fetchText(port, '/readiness')).resolves.toBe('503 mail: check failed.');
    });

    it('lists unknown names in every view', async () => {
      const { port } = await start({ billing });
      const query = '/readiness?exclude=reporting&exclude=%22%0Ax';
      const warning = String.raw`unknown checks in ?exclude: "reporting", "\"\nx".`;
      await expect(fetchText(port, query)).resolves.toBe(`200 OK\n${warning}`);
      const { body } = await get(port, `${query}&format=json`);
      expect(JSON.parse(body)).toMatchObject({ status: 'ok', unknown: ['reporting', '"\nx'] });
      const page = await get(port, `${query}&format=html`);
      expect(page.body).toContain('&quot;reporting&quot;');
    });

    it('excludes a DataSource that has not been checked yet', async () => {
      const { port } = await startApp(
        {
          imports: [HealthModule.forRoot()],
          providers: [{ provide: DataSource, useValue: new DataSource({ type: 'sqljs' }) }],
        },
        createAdapter,
      );
      await expect(fetchText(port, '/readiness?exclude=db.default')).resolves.toBe('200 OK');
      await expect(fetchText(port, '/readiness')).resolves.toBe(
        '503 db.default: not connected yet.',
      );
    });
  });

  describe('on /readiness/<check>', () => {
    it('runs one check and no other', async () => {
      let calls = 0;
      const counted = () => {
        calls += 1;
        return mail();
      };
      const { port } = await start({ billing, search, mail: counted });
      await expect(fetchText(port, '/readiness/billing')).resolves.toBe('200 OK');
      await expect(fetchText(port, '/readiness/search?verbose')).resolves.toBe(
        '200 [~] search degraded: check failed.\nreadiness check passed',
      );
      expect(calls).toBe(0);
      await expect(fetchText(port, '/readiness/mail')).resolves.toBe('503 mail: check failed.');
      const { body } = await get(port, '/readiness/billing', { accept: 'application/json' });
      expect(Object.keys(JSON.parse(body).details)).toEqual(['billing']);
      const head = await request(port, { method: 'HEAD', path: '/readiness/mail' });
      expect([head.status, head.body]).toEqual([503, '']);
    });

    it('percent-decodes the name of the check, but not the rest of the path', async () => {
      const odd = 'a b/c%d';
      const up = { status: 'up' as const };
      const { port } = await start({ parts: () => ({ [odd]: up, other: up }) });
      // The keys of the results are known once the check has run.
      await get(port, '/readiness');
      const path = `/readiness/${encodeURIComponent(`parts.${odd}`)}`;
      await expect(fetchText(port, path)).resolves.toBe('200 OK');
      await expect(fetchText(port, '/%72eadiness/parts.a%20b%2Fc%25d')).resolves.toContain(
        '200 app: GET',
      );
    });

    it.each([
      '/readiness/',
      '/readiness/mail',
      '/readiness/billing/',
      '/readiness/billing/x',
      '/readiness/__proto__',
      '/readiness//billing',
      '/healthz/billing',
      '/readinessx/billing',
    ])('leaves GET %s to the app', async (path) => {
      const { port } = await start({ billing });
      await expect(fetchText(port, path)).resolves.toBe(`200 app: GET ${path}`);
      await get(port, '/readiness');
      await expect(fetchText(port, path)).resolves.toBe(`200 app: GET ${path}`);
    });

    it.each(['POST', 'DELETE'])('leaves %s /readiness/billing to the app', async (method) => {
      const { port } = await start({ billing });
      const { body } = await request(port, { method, path: '/readiness/billing' });
      expect(body).toBe(`app: ${method} /readiness/billing`);
    });

    it('does not change the response to a path that cannot be decoded', async () => {
      const imports = [HealthModule.forRoot({ readiness: { checks: { billing } } })];
      const { port } = await startApp({ imports }, createAdapter);
      const { status } = await get(port, '/elsewhere/%E0%A4%A');
      await expect(get(port, '/readiness/%E0%A4%A')).resolves.toMatchObject({ status });
    });

    it('responds without the global prefix only', async () => {
      const { port } = await startEcho(
        createAdapter,
        { readiness: { checks: { billing } } },
        { configure: (app) => app.setGlobalPrefix('api') },
      );
      await expect(fetchText(port, '/readiness/billing')).resolves.toBe('200 OK');
      const path = '/api/readiness/billing';
      await expect(fetchText(port, path)).resolves.toBe(`200 app: GET ${path}`);
    });
  });

  it.each([
    ['json', 'application/json'],
    ['html', 'text/html'],
    ['text', 'text/plain'],
    ['xml', 'text/html'],
  ])('prefers ?format=%s to the Accept header', async (format, type) => {
    const { port } = await start({ billing });
    const { headers } = await get(port, `/readiness?format=${format}`, { accept: 'text/html' });
    expect(headers['content-type']).toBe(`${type}; charset=utf-8`);
    expect(headers.vary).toBe('Accept');
  });

  it('responds with text in place of a page with html: false', async () => {
    const { port } = await start({ billing }, { html: false });
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    for (const path of ['/readiness', '/readiness?format=html']) {
      const { headers, body } = await get(port, path, { accept });
      expect([headers['content-type'], body]).toEqual(['text/plain; charset=utf-8', 'OK']);
    }
    const json = await get(port, '/readiness', { accept: 'text/html, application/json;q=0.5' });
    expect(json.headers['content-type']).toContain('application/json');
  });

  it('responds with less than the 10 KiB that the kubelet reads when 20 checks fail', async () => {
    const checks = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [
        `a.resource.with.a.long.name.of.its.own-${n}`,
        () => ({ resource: { status: 'down' as const } }),
      ]),
    );
    const { port } = await start(checks);
    for (const path of ['/readiness', '/readiness?verbose']) {
      const { bytes, body } = await get(port, path);
      expect(body).toContain('own-19');
      expect(bytes.length).toBeLessThan(10 * 1024);
    }
  });

  it('runs a check once while its result is fresh, for all views', async () => {
    let calls = 0;
    const counted = () => {
      calls += 1;
      return billing();
    };
    const { port } = await start({ billing: counted }, { freshMs: 60_000 });
    for (const query of ['', '?format=json', '?format=html', '?verbose', '/billing']) {
      await get(port, query === '/billing' ? '/readiness/billing' : `/readiness${query}`);
    }
    expect(calls).toBe(1);
  });
});
