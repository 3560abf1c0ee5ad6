import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Controller, Get, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { HealthModule } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADAPTERS, startApp } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { createGate } from '../support/gate.js';
import { answersIn, exchange, request } from '../support/request.js';

const sha256 = (data: Buffer | undefined) =>
  createHash('sha256')
    .update(data ?? '')
    .digest('hex');

@Controller('notes')
class NotesController {
  @Get()
  list() {
    return 'all notes';
  }

  @Post()
  hash(@Req() { rawBody }: RawBodyRequest<object>) {
    return sha256(rawBody);
  }
}

const get = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, 'Host: app', ...headers, '', ''].join('\r\n');

describe.each(ADAPTERS)('HealthModule on %s', (_adapter, createAdapter) => {
  it.each(['/upload', '/healthz'])(
    'passes a body of 1 MB on to POST %s byte for byte',
    async (path) => {
      const { port } = await startEcho(
        createAdapter,
        {},
        {
          configure: (app) =>
            app.use((incoming: IncomingMessage, outgoing: ServerResponse, next: () => void) => {
              if (incoming.method === 'POST') incoming.pipe(outgoing);
              else next();
            }),
        },
      );
      const body = randomBytes(1024 * 1024);
      const { status, bytes } = await request(port, { method: 'POST', path, body });
      expect(status).toBe(200);
      expect(bytes.equals(body)).toBe(true);
    },
  );

  it('leaves the body to the body parsers', async () => {
    const { port } = await startApp(
      { imports: [HealthModule.forRoot()], controllers: [NotesController] },
      createAdapter,
      { options: { rawBody: true } },
    );
    const body = JSON.stringify({ text: randomBytes(32 * 1024).toString('hex') });
    const headers = { 'content-type': 'application/json' };
    const answer = await request(port, { method: 'POST', path: '/notes', headers, body });
    expect(answer).toMatchObject({ status: 201, body: sha256(Buffer.from(body)) });
  });

  it('leaves an upgrade on another path to the app', async () => {
    const { app, port } = await startEcho(createAdapter);
    app.getHttpServer().on('upgrade', (_request: IncomingMessage, socket: Duplex) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: e\r\n\r\n');
      socket.pipe(socket);
    });
    const upgrading = send({
      port,
      path: '/socket',
      headers: { connection: 'Upgrade', upgrade: 'e' },
    }).end();
    const [, socket] = (await once(upgrading, 'upgrade')) as [IncomingMessage, Duplex];
    onTestFinished(() => void socket.destroy());
    socket.write('to and fro');
    expect(String((await once(socket, 'data'))[0])).toBe('to and fro');
  });

  it('answers a probe that offers an upgrade, in an app without upgrade listeners', async () => {
    const { port } = await startEcho(createAdapter);
    const headers = { connection: 'Upgrade', upgrade: 'h2c' };
    const answer = await request(port, { path: '/healthz', headers });
    expect(answer).toMatchObject({ status: 200, body: 'OK' });
  });

  it('answers pipelined requests in order', async () => {
    const listed = createGate();
    @Controller('notes')
    class SlowController {
      @Get()
      list() {
        listed.open();
        return 'all notes';
      }
    }
    const check = async () => {
      await listed.opened;
      return { late: { status: 'down' as const } };
    };
    const { port } = await startApp(
      {
        imports: [HealthModule.forRoot({ readiness: { checks: { check } } })],
        controllers: [SlowController],
      },
      createAdapter,
    );
    const received = await exchange(
      port,
      get('/readiness') + // settles after the next request
        get('/notes') +
        get('/healthz', 'Content-Length: 5') +
        'hello' + // the server discards it
        get('/notes') +
        get('/startupz') +
        get('/notes', 'Connection: close'),
    );
    expect(answersIn(received)).toEqual([
      { status: 503, body: 'check: check failed.' },
      { status: 200, body: 'all notes' },
      { status: 200, body: 'OK' },
      { status: 200, body: 'all notes' },
      { status: 200, body: 'OK' },
      { status: 200, body: 'all notes' },
    ]);
  });

  it('keeps a connection alive over probes and ordinary requests', async () => {
    const { app, port } = await startEcho(createAdapter);
    let connections = 0;
    app.getHttpServer().on('connection', () => (connections += 1));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    for (const path of ['/healthz', '/notes', '/readiness', '/notes', '/healthz']) {
      const [incoming] = (await once(send({ port, path, agent }).end(), 'response')) as [
        IncomingMessage,
      ];
      expect(incoming.statusCode).toBe(200);
      incoming.resume();
      await once(incoming, 'end');
    }
    expect(connections).toBe(1);
  });

  it('answers the next probe after a client disconnected during one', async () => {
    const called = createGate();
    const disconnected = createGate();
    const check = async () => {
      called.open();
      await disconnected.opened;
      return { slow: { status: 'up' as const } };
    };
    const { app, port } = await startEcho(createAdapter, { readiness: { checks: { check } } });
    const closed = once(app.getHttpServer(), 'connection').then(([socket]) =>
      once(socket, 'close'),
    );
    const aborted = send({ port, path: '/readiness' }).on('error', () => {});
    aborted.end();
    await called.opened;
    aborted.destroy();
    await closed;
    disconnected.open();
    const answer = await request(port, { path: '/readiness' });
    expect(answer).toMatchObject({ status: 200, body: 'OK' });
  });
});
