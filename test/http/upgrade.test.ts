import { once } from 'node:events';
import { createServer, request as send, type Server } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { INestApplication, WebSocketAdapter } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { HealthModule, type HealthModuleOptions } from 'nestjs-healthz';
import { io } from 'socket.io-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../servers/index.js';
import { ADAPTERS, startApp } from '../support/app.js';
import { EchoController } from '../support/echo.js';
import { createGate } from '../support/gate.js';
import { request } from '../support/request.js';

/** A path that `ws` and socket.io both serve. */
const SOCKET = '/socket.io';

@WebSocketGateway({ path: SOCKET })
class EchoGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: string) {
    return { event: 'echoed', data };
  }
}

type Gateway = [
  name: string,
  createAdapter: (app: INestApplication) => WebSocketAdapter,
  echo: (port: number) => Promise<unknown>,
];

const GATEWAYS: Gateway[] = [
  [
    'ws',
    (app) => new WsAdapter(app),
    async (port) => {
      const client = new WebSocket(`ws://127.0.0.1:${port}${SOCKET}`);
      onTestFinished(() => client.terminate());
      await once(client, 'open');
      client.send(JSON.stringify({ event: 'echo', data: 'to and fro' }));
      const [message] = await once(client, 'message');
      return JSON.parse(String(message)).data;
    },
  ],
  [
    'socket.io',
    (app) => new IoAdapter(app),
    async (port) => {
      const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], path: SOCKET });
      onTestFinished(() => void client.disconnect());
      client.emit('echo', 'to and fro');
      return new Promise((resolve) => client.on('echoed', resolve));
    },
  ],
];

/** What `curl --http2` and Java's HttpClient send. */
const H2C = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
/** From Node 24.9 on the connection stays open, as after any other request. */
const CONNECTION = 'shouldUpgradeCallback' in createServer() ? 'keep-alive' : 'close';

/** The headers of such a request, after the request line. */
const OFFER = '\r\nHost: app\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';

const WEBSOCKET = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

const down = () => ({ check: { status: 'down' as const } });

const noConnections = (server: Server) =>
  until('the server has no connections', async () => {
    const count = await new Promise((resolve) =>
      server.getConnections((_error, connections) => resolve(connections)),
    );
    return count === 0;
  });

const CASES = ADAPTERS.flatMap(([http, createHttp]) =>
  GATEWAYS.map(
    ([name, createGateway, echo]) =>
      [`${http} with ${name}`, createHttp, createGateway, echo] as const,
  ),
);

describe.each(CASES)('an upgrade on %s', (_case, createAdapter, createGateway, echo) => {
  const start = async (
    options: HealthModuleOptions = {},
    configure: (app: INestApplication) => void = () => {},
  ) => {
    const { app, port } = await startApp(
      {
        imports: [HealthModule.forRoot(options)],
        controllers: [EchoController],
        providers: [EchoGateway],
      },
      createAdapter,
      {
        configure(each) {
          each.useWebSocketAdapter(createGateway(each));
          configure(each);
        },
      },
    );
    const server = app.getHttpServer() as Server;
    return { app, port, server };
  };
  it.each([
    ['h2c', H2C],
    ['websocket', WEBSOCKET],
    ['something unknown', { connection: 'Upgrade', upgrade: 'e' }],
  ])('to %s on a probe path gets a plain HTTP response', async (_protocol, headers) => {
    const { port } = await start({ readiness: { checks: { check: down } } });
    const sendUpgrade = (path: string, method = 'GET') => request(port, { path, method, headers });
    await expect(sendUpgrade('/healthz')).resolves.toMatchObject({
      status: 200,
      body: 'OK',
      headers: { connection: CONNECTION, 'content-length': '2', 'cache-control': 'no-store' },
    });
    await expect(sendUpgrade('/readiness/check')).resolves.toMatchObject({ status: 503 });
    await expect(sendUpgrade('http://app.example/readiness?verbose')).resolves.toMatchObject({
      status: 503,
      body: '[-] check failed: check failed.\nreadiness check failed\n',
    });
    await expect(sendUpgrade('/startupz', 'HEAD')).resolves.toMatchObject({
      status: 200,
      body: '',
    });
    await expect(sendUpgrade('/readiness', 'OPTIONS')).resolves.toMatchObject({
      status: 503,
      body: '',
    });
  });

  it('gets a plain HTTP response under a global prefix too', async () => {
    const { port } = await start({}, (app) => app.setGlobalPrefix('api'));
    const answer = await request(port, { path: '/api/healthz', headers: H2C });
    expect(answer).toMatchObject({ status: 200, body: 'OK' });
  });

  it('reaches the gateway on the path of the gateway', async () => {
    const { port } = await start();
    await expect(request(port, { path: '/healthz', headers: H2C })).resolves.toMatchObject({
      status: 200,
    });
    await expect(echo(port)).resolves.toBe('to and fro');
  });

  it('gets a response after which the connection closes, although the client keeps its half open', async () => {
    const { port, server } = await start();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    let received = '';
    socket.on('data', (data) => (received += String(data)));
    socket.write(`GET /healthz HTTP/1.1${OFFER.replace('Upgrade', 'Upgrade, close')}`);
    await once(socket, 'end');
    expect(received).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\nOK$/);
    await expect(noConnections(server)).resolves.toBeUndefined();
  });

  it('leaks no connection when the client resets it during a probe', async () => {
    const [called, disconnected] = [createGate(), createGate()];
    const check = async () => {
      called.open();
      await disconnected.opened;
      return down();
    };
    const { port, server } = await start({ readiness: { checks: { check } } });
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    socket.write(`GET /readiness HTTP/1.1${OFFER}`);
    await called.opened;
    socket.resetAndDestroy();
    await noConnections(server);
    disconnected.open();
    const answer = await request(port, { path: '/readiness', headers: H2C });
    expect(answer).toMatchObject({ status: 503, body: 'check: check failed.' });
    await noConnections(server);
  });

  it('does not delay app.close() while its check runs', async () => {
    const called = createGate();
    const check = () => {
      called.open();
      return new Promise<never>(() => {});
    };
    const { app, port } = await start({ timeoutMs: 60_000, readiness: { checks: { check } } });
    const answer = request(port, { path: '/readiness', headers: H2C });
    await called.opened;
    await app.close();
    await expect(answer).resolves.toMatchObject({ status: 503, body: 'shutting down.' });
  });
});

/** Requests an upgrade; resolves to the first data after it, or to the status of a plain response. */
const requestUpgrade = (port: number, path = '/socket') =>
  new Promise<string>((resolve, reject) => {
    send({ port, path, headers: WEBSOCKET })
      .on('upgrade', (_response, socket, head) => {
        socket.destroy();
        resolve(String(head));
      })
      .on('response', (response) => resolve(String(response.resume().statusCode)))
      .on('error', reject)
      .end();
  });

const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const accept = (_request: unknown, socket: Duplex) => void socket.end(`${SWITCHING}hello`);

describe.each(ADAPTERS)("the app's own upgrade listeners on %s", (_adapter, createAdapter) => {
  const start = () => startApp({ imports: [HealthModule.forRoot()] }, createAdapter);

  it.each(['on', 'addListener', 'prependListener', 'once', 'prependOnceListener'] as const)(
    'do not get the requests of a probe when they are added by %s()',
    async (add) => {
      const { app, port } = await start();
      const server: Server = app.getHttpServer();
      let calls = 0;
      server.on('upgrade', (incoming) => void (incoming.url === '/healthz' && (calls += 1)));
      server[add]('upgrade', accept);
      await expect(requestUpgrade(port, '/healthz')).resolves.toBe('200');
      expect(calls).toBe(0);
    },
  );

  it('can be listed and removed', async () => {
    const { app, port } = await start();
    const server: Server = app.getHttpServer();
    server.on('upgrade', accept);
    await expect(requestUpgrade(port)).resolves.toBe('hello');
    expect(server.listeners('upgrade')).toEqual([accept]);
    server.off('upgrade', accept);
    expect(server.listenerCount('upgrade')).toBe(0);
    server.once('upgrade', accept);
    await expect(requestUpgrade(port)).resolves.toBe('hello');
    expect(server.listenerCount('upgrade')).toBe(0);
  });

  it('are not listed when the server has no listener', async () => {
    const { app } = await start();
    expect(app.getHttpServer().listenerCount('upgrade')).toBe(0);
  });
});
