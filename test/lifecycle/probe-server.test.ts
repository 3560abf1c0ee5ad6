import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { Controller, Get, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { HealthModule, type HealthModuleOptions, ProbePortError } from 'nestjs-healthz';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, until } from '../servers/index.js';
import { ADAPTERS, createWithFactory, moduleOf, startApp } from '../support/app.js';
import { createGate } from '../support/gate.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { exchange, fetchProbes, fetchText, get, getJson, request } from '../support/request.js';

@Controller()
class HelloController {
  @Get('hello')
  hello() {
    return 'hello';
  }
}

const withServer = (port: number, options: HealthModuleOptions = {}) =>
  HealthModule.forRoot({ ...options, server: { port, host: '127.0.0.1', ...options.server } });

const isAlive = (port: number) =>
  fetchText(port, '/healthz').then(
    (response) => response === '200 OK',
    () => false,
  );

/** A provider that the app awaits while it is built, such as a connection to a database. */
const blockedBy = (opened: Promise<void>) => ({ provide: 'SLOW', useFactory: () => opened });

const createApp = (port: number, providers: Provider[] = [], options?: HealthModuleOptions) =>
  createWithFactory(
    { imports: [withServer(port, options)], providers },
    () => new ExpressAdapter(),
  );
const failingIn = (hook: string) => ({
  provide: 'BROKEN',
  useValue: { [hook]: () => Promise.reject(new Error('no database')) },
});

describe.each(ADAPTERS)('the separate port of an app on %s', (_adapter, createAdapter) => {
  it('answers probes from before the app is built until it has closed', async () => {
    const probePort = await freePort();
    const [building, closing] = [createGate(), createGate()];
    const late = {
      provide: 'LATE',
      useValue: { beforeApplicationShutdown: () => closing.opened },
    };
    const starting = startApp(
      {
        imports: [withServer(probePort, { drainMs: 1 })],
        controllers: [HelloController],
        providers: [blockedBy(building.opened), late],
      },
      createAdapter,
    );
    await until('liveness responds on the separate port', () => isAlive(probePort));
    expect(await fetchProbes(probePort)).toEqual(['200 OK', '503 starting.', '503 starting.']);
    building.open();
    const { app, port } = await starting;
    expect(await fetchProbes(probePort)).toEqual(['200 OK', '200 OK', '200 OK']);
    expect(await fetchProbes(port)).toEqual(['200 OK', '200 OK', '200 OK']);
    expect(await fetchText(port, '/hello')).toBe('200 hello');
    expect(await fetchText(probePort, '/hello')).toBe('404 not found.');
    const closed = app.close();
    await until(
      'the app drains',
      async () => (await fetchText(probePort, '/readiness')) !== '200 OK',
    );
    expect(await fetchProbes(probePort)).toEqual(['200 OK', '200 OK', '503 shutting down.']);
    closing.open();
    await closed;
    await expect(fetchText(probePort, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });
});

/** Starts an app; resolves to its separate port. */
async function startProbePort(): Promise<number> {
  const port = await freePort();
  await startApp({ imports: [withServer(port)] }, () => new ExpressAdapter());
  return port;
}

const failing = () => ({ secret: { status: 'down' as const, host: '10.0.0.7' } });

describe('the separate port', () => {
  it('responds 200 for liveness while the app is built, and runs the checks of liveness after that', async () => {
    const port = await freePort();
    const building = createGate();
    const starting = startApp(
      {
        imports: [withServer(port, { liveness: { checks: { failing } } })],
        providers: [blockedBy(building.opened)],
      },
      () => new ExpressAdapter(),
    );
    await until('liveness responds on the separate port', () => isAlive(port));
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
    building.open();
    await starting;
    expect(await fetchText(port, '/healthz')).toBe('503 failing: check failed.');
  });

  it('has a details option that does not apply to the port of the app', async () => {
    const port = await freePort();
    const { port: appPort } = await startApp(
      {
        imports: [
          HealthModule.forRoot({
            readiness: { checks: { failing } },
            server: { port, host: '127.0.0.1', details: 'full' },
          }),
        ],
      },
      () => new ExpressAdapter(),
    );
    expect(JSON.stringify(await getJson(port, '/readiness'))).toContain('10.0.0.7');
    expect(JSON.stringify(await getJson(appPort, '/readiness'))).not.toContain('10.0.0.7');
  });

  it('closes each connection, and reads no request body', async () => {
    const port = await startProbePort();
    const { headers } = await get(port, '/healthz', { connection: 'keep-alive' });
    expect(headers.connection).toBe('close');
    const posted = await request(port, { path: '/healthz', method: 'POST', body: 'x' });
    expect([posted.status, posted.body]).toEqual([404, 'not found.']);
    const unread = await exchange(port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n');
    expect(unread).toContain('404');
  });

  it('responds 431 to headers that are longer than those of a prober', async () => {
    const port = await startProbePort();
    const { status } = await get(port, '/healthz', { 'x-long': 'x'.repeat(9_000) });
    expect(status).toBe(431);
  });

  it('closes connections that send nothing or an incomplete request', async () => {
    const port = await startProbePort();
    const slow = connect(port, '127.0.0.1');
    slow.write('GET /healthz HTTP/1.1\r\n');
    const silent = connect(port, '127.0.0.1');
    slow.resume();
    silent.resume();
    await Promise.all([once(slow, 'close'), once(silent, 'close')]);
    expect(await isAlive(port)).toBe(true);
  });

  it('is a free port for port: 0, and the log has its number', async () => {
    const logger = new RecordingLogger();
    await startApp({ imports: [withServer(0)] }, () => new ExpressAdapter(), { logger });
    const [line] = logger.ofHealthModule;
    const port = Number(/^log probes are listening on 127\.0\.0\.1:(\d+)\.$/.exec(line ?? '')?.[1]);
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
  });

  it('fails at start-up when the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const created = createWithFactory({ imports: [withServer(port)] }, () => new ExpressAdapter());
    const error = await created.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProbePortError);
    expect(error).toMatchObject({
      message: expect.stringContaining(
        `HealthModule: cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`,
      ),
      code: 'HEALTH_PORT_UNAVAILABLE',
      address: `127.0.0.1:${port}`,
      cause: { code: 'EADDRINUSE' },
    });
  });

  const rejecting = {
    provide: 'BROKEN',
    useFactory: () => Promise.reject(new Error('no database')),
  };

  it.each<[string, Provider]>([
    ['a provider', rejecting],
    ['onModuleInit', failingIn('onModuleInit')],
    ['onApplicationBootstrap', failingIn('onApplicationBootstrap')],
  ])('is released to the next app when %s failed', async (_, broken) => {
    const port = await freePort();
    for (let n = 0; n < 2; n++) {
      const start = async () => {
        const app = await createApp(port, [broken]);
        await app.listen(0, '127.0.0.1');
      };
      await expect(start()).rejects.toThrow('no database');
    }
    const app = await createApp(port);
    onTestFinished(() => app.close());
    await app.listen(0, '127.0.0.1');
    expect(await fetchProbes(port)).toEqual(['200 OK', '200 OK', '200 OK']);
  });

  it('is released to the next app when listen() failed', async () => {
    const port = await freePort();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const usedPort = (other.address() as { port: number }).port;
    const first = await createApp(port);
    await expect(first.listen(usedPort, '127.0.0.1')).rejects.toThrow('EADDRINUSE');
    other.close();
    const second = await createApp(port);
    onTestFinished(() => second.close());
    await second.listen(usedPort, '127.0.0.1');
    expect(await fetchProbes(port)).toEqual(['200 OK', '200 OK', '200 OK']);
  });

  it('is released to the next app while an app closes, as in a hot reload', async () => {
    const port = await freePort();
    const first = await createApp(port, [], { drainMs: 1_000 });
    await first.listen(0, '127.0.0.1');
    const closing = first.close();
    const second = await createApp(port);
    onTestFinished(() => second.close());
    await second.listen(0, '127.0.0.1');
    expect(await fetchProbes(port)).toEqual(['200 OK', '200 OK', '200 OK']);
    await closing;
    expect(await fetchProbes(port)).toEqual(['200 OK', '200 OK', '200 OK']);
  });

  it('stays with an app that is running', async () => {
    const port = await freePort();
    const first = await createApp(port);
    onTestFinished(() => first.close());
    await first.listen(0, '127.0.0.1');
    await expect(createApp(port)).rejects.toThrow(
      `HealthModule: cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`,
    );
    expect(await fetchProbes(port)).toEqual(['200 OK', '200 OK', '200 OK']);
  });

  it('makes the first of two apps that start at the same time fail', async () => {
    const port = await freePort();
    const [first, second] = [await createApp(port), await createApp(port)];
    await second.init();
    await expect(first.init()).rejects.toThrow(
      new ProbePortError(`127.0.0.1:${port}`, 'another app of this process has it'),
    );
    expect(await fetchText(port, '/healthz')).toBe('200 OK');
    await Promise.all([first.close(), second.close()]);
  });

  it('makes an app fail that lost it to another app late in its bootstrap', async () => {
    const port = await freePort();
    const gate = createGate();
    const entered = createGate();
    const onApplicationBootstrap = () => (entered.open(), gate.opened);
    const first = await createApp(port, [
      { provide: 'SLOW', useValue: { onApplicationBootstrap } },
    ]);
    const initialized = first.init();
    await entered.opened;
    const second = await createApp(port);
    onTestFinished(() => second.close());
    await second.listen(0, '127.0.0.1');
    gate.open();
    await expect(initialized).rejects.toThrow(ProbePortError);
    await first.close();
    expect(await fetchProbes(port)).toEqual(['200 OK', '200 OK', '200 OK']);
  });

  it('fails at start-up when the host is not an address of this machine', async () => {
    const imports = [HealthModule.forRoot({ server: { port: 9_000, host: '192.0.2.1' } })];
    const created = createWithFactory({ imports }, () => new ExpressAdapter());
    await expect(created).rejects.toThrow('cannot listen on 192.0.2.1:9000: listen EADDRNOTAVAIL');
  });
});

describe('an app without HTTP', () => {
  it('answers probes on the separate port', async () => {
    const port = await freePort();
    const worker = await NestFactory.createApplicationContext(
      moduleOf({ imports: [withServer(port)] }),
      { logger: false },
    );
    expect(await fetchProbes(port)).toEqual(['200 OK', '200 OK', '200 OK']);
    await worker.close();
    await expect(fetchText(port, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  it('keeps the separate port while it runs, and releases it when its start failed', async () => {
    const port = await freePort();
    const start = (providers: Provider[] = []) =>
      NestFactory.createApplicationContext(moduleOf({ imports: [withServer(port)], providers }), {
        logger: false,
        abortOnError: false,
      });
    await expect(start([failingIn('onApplicationBootstrap')])).rejects.toThrow('no database');
    const worker = await start();
    onTestFinished(() => worker.close());
    await expect(start()).rejects.toThrow(ProbePortError);
    expect(await fetchProbes(port)).toEqual(['200 OK', '200 OK', '200 OK']);
  });
});

describe('an app whose other modules are bootstrapping', () => {
  it('is not ready, and discovers DataSources created after the first probe', async () => {
    const probePort = await freePort();
    const gate = createGate();
    const late = { provide: 'LATE', useValue: { onApplicationBootstrap: () => gate.opened } };
    const dataSource = new DataSource({ type: 'sqljs' });
    const starting = startApp(
      {
        imports: [withServer(probePort, { dataSources: { connect: true } })],
        providers: [
          late,
          // Created after the first liveness probe has run discovery.
          {
            provide: DataSource,
            useFactory: async () => {
              await until('liveness responds on the separate port', () => isAlive(probePort));
              return dataSource;
            },
          },
        ],
      },
      () => new ExpressAdapter(),
    );
    await until('the DataSource is initialized', () => dataSource.isInitialized);
    expect(await fetchProbes(probePort)).toEqual(['200 OK', '503 starting.', '503 starting.']);
    gate.open();
    await starting;
    expect(await fetchProbes(probePort)).toEqual(['200 OK', '200 OK', '200 OK']);
  });
});
