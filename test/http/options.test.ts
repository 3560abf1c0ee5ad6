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
  ])('responds like HEAD, with an Allow header: %s', async (_what, options, headers) => {
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

  it('is the only method with an Allow header', async () => {
    const { port } = await startEcho(createAdapter);
    await expect(get(port, '/healthz')).resolves.not.toHaveProperty('headers.allow');
  });

  it('keeps the connection usable', async () => {
    const { port } = await startEcho(createAdapter);
    const received = await exchange(
      port,
      'OPTIONS /healthz HTTP/1.1\r\nHost: app\r\n\r\n' +
        'GET /healthz HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n',
    );
    expect(received.match(/^HTTP\/1.1 200 OK/gm)).toHaveLength(2);
  });

  it('reaches the app when it is a CORS preflight', async () => {
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

  it('responds 503 like readiness with CORS enabled, which answers only preflights', async () => {
    const { port } = await startWithCors();
    const path = '/readiness';
    const plain = await request(port, { method: 'OPTIONS', path });
    expect(plain).toMatchObject({ status: 503, headers: { allow: ALLOW } });
    const cors = await request(port, { method: 'OPTIONS', path, headers: preflight });
    expect(cors).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': '*' },
    });
  });

  it('responds 503 ahead of CORS under a global prefix too', async () => {
    const { port } = await startWithCors('api');
    const path = '/api/readiness';
    const plain = await request(port, { method: 'OPTIONS', path });
    expect(plain).toMatchObject({ status: 503, headers: { allow: ALLOW } });
    const cors = await request(port, { method: 'OPTIONS', path, headers: preflight });
    expect(cors.status).toBe(204);
  });
});

describe.each(ADAPTERS)("HAProxy's default health check on %s", (_adapter, createAdapter) => {
  it('marks the app down while readiness is 503 with CORS enabled, and then up again', async () => {
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
    const waitForState = (state: string) =>
      until(`HAProxy reports ${state}`, async () => (await haproxy.states())[0] === state, 15_000);
    await expect(waitForState('UP')).resolves.toBeUndefined();
    status = 'down';
    await expect(waitForState('DOWN')).resolves.toBeUndefined();
    status = 'up';
    await expect(waitForState('UP')).resolves.toBeUndefined();
  });
});
