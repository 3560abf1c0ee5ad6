import { HealthModule } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHaproxy, until } from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { exchange, get, request } from '../support/request.js';

const ALLOW = 'GET, HEAD, OPTIONS';
const PATHS = ['/healthz', '/readiness', '/startupz'];
const down = () => ({ check: { status: 'down' as const } });

const preflight = {
  origin: 'https://shop.example',
  'access-control-request-method': 'GET',
};

describe.each(ADAPTERS)('OPTIONS on a probe path on %s', (_adapter, createAdapter) => {
  it.each([
    ['an OK', {}, {}],
    ['a failure', { readiness: { checks: { check: down } } }, {}],
    ['JSON', {}, { accept: 'application/json' }],
    ['a request from another site', {}, { origin: 'https://shop.example' }],
  ])('is answered as HEAD is, with Allow: %s', async (_what, options, headers) => {
    const { port } = await startEcho(createAdapter, options);
    for (const path of PATHS) {
      const head = await request(port, { method: 'HEAD', path, headers });
      const {
        status,
        headers: received,
        body,
      } = await request(port, {
        method: 'OPTIONS',
        path,
        headers,
      });
      const { date: _, 'content-length': __, ...expected } = head.headers;
      expect({ status, body }).toEqual({ status: head.status, body: '' });
      expect(received).toMatchObject({ ...expected, allow: ALLOW, 'content-length': '0' });
    }
  });

  it('names the methods to OPTIONS alone', async () => {
    const { port } = await startEcho(createAdapter);
    await expect(get(port, '/healthz')).resolves.not.toHaveProperty('headers.allow');
  });

  it('leaves the connection usable', async () => {
    const { port } = await startEcho(createAdapter);
    const received = await exchange(
      port,
      'OPTIONS /healthz HTTP/1.1\r\nHost: app\r\n\r\n' +
        'GET /healthz HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n',
    );
    expect(received.match(/^HTTP\/1.1 200 OK/gm)).toHaveLength(2);
  });

  it('leaves a CORS preflight to the app', async () => {
    const { port } = await startEcho(createAdapter);
    for (const path of PATHS) {
      const { body } = await request(port, { method: 'OPTIONS', path, headers: preflight });
      expect(body).toBe(`app: OPTIONS ${path}`);
    }
  });

  const startWithCors = (prefix = '') =>
    startApp(
      { imports: [HealthModule.forRoot({ readiness: { checks: { check: down } } })] },
      createAdapter,
      {
        configure(app) {
          app.enableCors();
          if (prefix) app.setGlobalPrefix(prefix);
        },
      },
    );

  it('is 503 with CORS enabled while readiness is, and a preflight is answered by CORS', async () => {
    const { port } = await startWithCors();
    const path = '/readiness';
    const plain = await request(port, { method: 'OPTIONS', path });
    expect(plain).toMatchObject({ status: 503, headers: { allow: ALLOW } });
    const asked = await request(port, { method: 'OPTIONS', path, headers: preflight });
    expect(asked).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': '*' },
    });
  });

  it('is 503 under a global prefix too, ahead of CORS', async () => {
    const { port } = await startWithCors('api');
    const path = '/api/readiness';
    const plain = await request(port, { method: 'OPTIONS', path });
    expect(plain).toMatchObject({ status: 503, headers: { allow: ALLOW } });
    const asked = await request(port, { method: 'OPTIONS', path, headers: preflight });
    expect(asked.status).toBe(204);
  });
});

describe.each(ADAPTERS)("HAProxy's default health check on %s", (_adapter, createAdapter) => {
  it('takes the app out while readiness is 503, with CORS enabled, and brings it back', async () => {
    let status: 'up' | 'down' = 'up';
    const { port } = await startApp(
      {
        imports: [
          HealthModule.forRoot({
            freshMs: 0,
            readiness: { checks: { check: () => ({ check: { status } }) } },
          }),
        ],
      },
      createAdapter,
      { configure: (app) => app.enableCors() },
    );
    const haproxy = await startHaproxy([port], '/readiness');
    onTestFinished(() => haproxy.dispose());
    const isSeen = (state: string) =>
      until(`HAProxy sees it ${state}`, async () => (await haproxy.states())[0] === state, 15_000);
    await expect(isSeen('UP')).resolves.toBeUndefined();
    status = 'down';
    await expect(isSeen('DOWN')).resolves.toBeUndefined();
    status = 'up';
    await expect(isSeen('UP')).resolves.toBeUndefined();
  });
});
