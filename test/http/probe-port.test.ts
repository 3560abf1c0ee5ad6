import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, it } from 'vitest';
import { freePort } from '../servers/index.js';
import { startEcho } from '../support/echo.js';
import { request, fetchText } from '../support/request.js';

const down = () => ({ check: { status: 'down' as const } });

async function startProbePort(): Promise<number> {
  const port = await freePort();
  await startEcho(() => new ExpressAdapter(), {
    server: { port, host: '127.0.0.1' },
    readiness: { checks: { check: down } },
  });
  return port;
}

describe('the separate probe port', () => {
  it('answers requests in absolute form', async () => {
    const port = await startProbePort();
    await expect(fetchText(port, 'http://app.example:9000/healthz?x=1')).resolves.toBe('200 OK');
    await expect(fetchText(port, 'http://app/readiness/check')).resolves.toBe(
      '503 check: check failed.',
    );
    await expect(fetchText(port, 'http://app.example')).resolves.toBe('404 not found.');
  });

  it('answers OPTIONS, but responds 404 to a CORS preflight', async () => {
    const port = await startProbePort();
    const options = (path: string, headers = {}) =>
      request(port, { method: 'OPTIONS', path, headers });
    await expect(options('/readiness')).resolves.toMatchObject({
      status: 503,
      body: '',
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
    await expect(options('/healthz')).resolves.toMatchObject({ status: 200 });
    const preflight = { 'access-control-request-method': 'GET' };
    await expect(options('/healthz', preflight)).resolves.toMatchObject({ status: 404 });
  });

  it('answers requests that offer an upgrade', async () => {
    const port = await startProbePort();
    const headers = { connection: 'Upgrade', upgrade: 'h2c' };
    const answer = await request(port, { path: '/healthz', headers });
    expect(answer).toMatchObject({ status: 200, body: 'OK' });
  });
});
