import { inspect } from 'node:util';
import Memcached from 'memcached';
import {
  HealthModule,
  type HealthModuleAsyncOptions,
  type HealthModuleOptions,
  HealthOptionsError,
  kubernetesProbes,
  ProbeIndicator,
} from 'nestjs-healthz';
import * as promClient from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resolveOptions } from '../../lib/health.options.js';
import { ADAPTERS, createWithFactory } from '../support/app.js';

const PATH = "an absolute path of letters, digits and - . _ ~, such as '/healthz'";
const PROBE = `${PATH}, an object, or false`;
const PATHS = `${PATH}, or an array of them`;
const MS = 'a number of milliseconds above 0, at most 2147483647';
const MS_OR_0 = 'a number of milliseconds from 0 to 2147483647';
const STATUS = 'a whole number from 400 to 599';
const PORT = 'a port number from 0 to 65535';
const TEXT = 'a text that is not empty';
const REGISTRY = "a registry of the 'prom-client' package";
const CHECKS =
  "an object of functions by name, such as { billing: () => http.pingCheck('billing', url) }";
const OPTIONS = 'liveness, readiness, startup, timeoutMs, freshMs, dataSources, memcached, ';

/** Wrong options, and the error message or its beginning. */
const MISTAKES: [unknown, string][] = [
  [null, `options is null; allowed: an object.`],
  ['/healthz', `options is '/healthz'; allowed: an object.`],
  [[], `options is []; allowed: an object.`],

  [{ timeout: 3 }, `timeout (3) is not an option; allowed: ${OPTIONS}`],
  [{ healthz: '/x' }, `healthz ('/x') is not an option; allowed: ${OPTIONS}`],
  [{ toString: 1 }, `toString (1) is not an option; allowed: ${OPTIONS}`],

  [{ liveness: 'healthz' }, `liveness is 'healthz'; allowed: ${PROBE}.`],
  [{ readiness: '' }, `readiness is ''; allowed: ${PROBE}.`],
  [{ startup: '/' }, `startup is '/'; allowed: ${PROBE}.`],
  [{ liveness: '//healthz' }, `liveness is '//healthz'; allowed: ${PROBE}.`],
  [{ liveness: '/healthz?x' }, `liveness is '/healthz?x'; allowed: ${PROBE}.`],
  [{ liveness: '/health z' }, `liveness is '/health z'; allowed: ${PROBE}.`],
  [{ liveness: '/:probe' }, `liveness is '/:probe'; allowed: ${PROBE}.`],
  [{ liveness: '/*' }, `liveness is '/*'; allowed: ${PROBE}.`],
  [{ liveness: '/%68ealthz' }, `liveness is '/%68ealthz'; allowed: ${PROBE}.`],
  [{ liveness: '/..' }, `liveness is '/..'; allowed: ${PROBE}.`],
  [{ liveness: '/a/../b' }, `liveness is '/a/../b'; allowed: ${PROBE}.`],
  [{ liveness: '/./a' }, `liveness is '/./a'; allowed: ${PROBE}.`],
  [{ liveness: { path: ['/a', '/b/.'] } }, `liveness.path is ['/a', '/b/.']; allowed: ${PATHS}.`],
  [{ liveness: true }, `liveness is true; allowed: ${PROBE}.`],
  [{ liveness: null }, `liveness is null; allowed: ${PROBE}.`],
  [{ liveness: ['/a'] }, `liveness is ['/a']; allowed: ${PROBE}.`],
  [{ liveness: { path: 'a' } }, `liveness.path is 'a'; allowed: ${PATHS}.`],
  [{ liveness: { path: false } }, `liveness.path is false; allowed: ${PATHS}.`],
  [{ liveness: { path: [] } }, `liveness.path is []; allowed: ${PATHS}.`],
  [
    { liveness: { url: '/a' } },
    `liveness.url ('/a') is not an option; allowed: path, checks, optional, timeoutMs.`,
  ],
  [{ readiness: { checks: () => ({}) } }, `readiness.checks is a function; allowed: ${CHECKS}.`],
  [
    { readiness: { checks: { db: Promise.resolve({}) } } },
    'readiness.checks.db is an object; allowed: a function.',
  ],
  [
    { readiness: { checks: [() => ({})] } },
    `readiness.checks is [a function]; allowed: ${CHECKS}.`,
  ],
  [
    { readiness: { checks: { 'db.x': () => ({}) } } },
    "readiness.checks: name is 'db.x'; allowed: letters, digits and - . _, not beginning with 'db.' or 'cache.', and not 'app'.",
  ],
  [
    { readiness: { optional: ['db.default'] } },
    "readiness.optional is ['db.default']; allowed: names of readiness.checks, of which there are none;",
  ],
  [
    { startup: { checks: { a: () => true }, optional: ['a', 'b'] } },
    "startup.optional is ['a', 'b']; allowed: names of startup.checks (a);",
  ],
  [
    { readiness: { optional: 'a' } },
    `readiness.optional is 'a'; allowed: an array of names, true, or 'afterStart'.`,
  ],
  [{ startup: { timeoutMs: 0 } }, `startup.timeoutMs is 0; allowed: ${MS}.`],
  [
    { startup: '/healthz' },
    `startup.path is '/healthz'; allowed: a path that no probe has; liveness has this one.`,
  ],
  [
    { liveness: '/a', readiness: { path: ['/b', '/a'] } },
    `readiness.path is '/a'; allowed: a path that no probe has; liveness has this one.`,
  ],
  [
    { readiness: { path: ['/a', '/a'] } },
    `readiness.path is '/a'; allowed: a path that no probe has; it has this one twice.`,
  ],

  [{ timeoutMs: 0 }, `timeoutMs is 0; allowed: ${MS}.`],
  [{ timeoutMs: -1 }, `timeoutMs is -1; allowed: ${MS}.`],
  [{ timeoutMs: NaN }, `timeoutMs is NaN; allowed: ${MS}.`],
  [{ timeoutMs: Infinity }, `timeoutMs is Infinity; allowed: ${MS}.`],
  [{ timeoutMs: 2 ** 31 }, `timeoutMs is 2147483648; allowed: ${MS}.`],
  [{ timeoutMs: '3000' }, `timeoutMs is '3000'; allowed: ${MS}.`],
  [{ timeoutMs: null }, `timeoutMs is null; allowed: ${MS}.`],
  [{ timeoutMs: 3n }, `timeoutMs is 3; allowed: ${MS}.`],
  [{ freshMs: -1 }, `freshMs is -1; allowed: ${MS_OR_0}.`],
  [{ freshMs: true }, `freshMs is true; allowed: ${MS_OR_0}.`],

  [{ dataSources: true }, `dataSources is true; allowed: an object or false.`],
  [{ dataSources: ['default'] }, `dataSources is ['default']; allowed: an object or false.`],
  [{ dataSources: { exclude: 'a' } }, `dataSources.exclude is 'a'; allowed: an array of names.`],
  [
    { dataSources: { optional: [''] } },
    `dataSources.optional is ['']; allowed: an array of names, true, or 'afterStart'.`,
  ],
  [{ dataSources: { timeoutMs: -5 } }, `dataSources.timeoutMs is -5; allowed: ${MS}.`],
  [
    { dataSources: { only: [] } },
    `dataSources.only ([]) is not an option; allowed: exclude, optional, sources, timeoutMs, `,
  ],
  [{ memcached: 'localhost' }, `memcached is 'localhost'; allowed: an object or false.`],
  [{ memcached: { exclude: [1] } }, `memcached.exclude is [1]; allowed: an array of names.`],
  [{ memcached: 'memcached://me:hidden@host' }, `memcached is 'memcached://me:***@host'; `],
  [{ memcached: { clients: [] } }, `memcached.clients is []; allowed: an object.`],
  [
    { memcached: { adapters: [{ matches: () => true }] } },
    'memcached.adapters is [an object]; allowed: an array of objects with the methods matches and servers.',
  ],
  [
    { memcached: { adapters: { matches() {}, servers() {} } } },
    'memcached.adapters is an object; allowed: an array of objects ',
  ],
  [
    { memcached: { servers: 'a:1' } },
    `memcached.servers ('a:1') is not an option; allowed: exclude, optional, timeoutMs, clients, adapters.`,
  ],

  [{ dataSources: { connect: 1 } }, `dataSources.connect is 1; allowed: true or false.`],
  [{ drainMs: -1 }, `drainMs is -1; allowed: ${MS_OR_0}.`],
  [{ drainMs: '5s' }, `drainMs is '5s'; allowed: ${MS_OR_0}.`],
  [{ server: 9000 }, `server is 9000; allowed: an object.`],
  [{ server: {} }, `server.port is undefined; allowed: ${PORT}.`],
  [{ server: { port: 70_000 } }, `server.port is 70000; allowed: ${PORT}.`],
  [{ server: { port: '9000' } }, `server.port is '9000'; allowed: ${PORT}.`],
  [{ server: { port: 1, host: '' } }, `server.host is ''; allowed: ${TEXT}.`],
  [{ server: { port: 1, details: true } }, `server.details is true; allowed: 'status' or 'full'.`],
  [
    { server: { port: 1, path: '/x' } },
    `server.path ('/x') is not an option; allowed: port, host, details.`,
  ],

  [{ html: 'no' }, `html is 'no'; allowed: true or false.`],
  [{ metrics: true }, `metrics is true; allowed: an object.`],
  [{ metrics: {} }, `metrics.client is undefined; allowed: the module 'prom-client'.`],
  [
    { metrics: { client: { Gauge: promClient.Gauge } } },
    `metrics.client is an object; allowed: the module 'prom-client'.`,
  ],
  [
    { metrics: { client: promClient, register: { metrics() {} } } },
    `metrics.register is an object; allowed: ${REGISTRY}.`,
  ],
  [
    { metrics: { registry: 1 } },
    `metrics.registry (1) is not an option; allowed: client, register.`,
  ],
  [{ details: 'all' }, `details is 'all'; allowed: 'status' or 'full'.`],
  [{ details: true }, `details is true; allowed: 'status' or 'full'.`],
  ...[100, 400, 428, 503, 200.5, '200'].map((value): [object, string] => [
    { degradedStatus: value },
    `degradedStatus is ${typeof value === 'string' ? `'${value}'` : value}; allowed: a whole number from 200 to 399, or 429; anything else would fail a probe that passes.`,
  ]),
  [{ unhealthyStatus: 200 }, `unhealthyStatus is 200; allowed: ${STATUS}.`],
  [{ unhealthyStatus: 600 }, `unhealthyStatus is 600; allowed: ${STATUS}.`],
  [{ unhealthyStatus: 503.5 }, `unhealthyStatus is 503.5; allowed: ${STATUS}.`],
  [{ unhealthyStatus: '503' }, `unhealthyStatus is '503'; allowed: ${STATUS}.`],
];

const [, createAdapter] = ADAPTERS[0]!;

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const catchOptionsError = (run: () => unknown): HealthOptionsError => {
  try {
    run();
  } catch (error) {
    if (error instanceof HealthOptionsError) return error;
  }
  throw new Error('no HealthOptionsError');
};

describe('HealthOptionsError', () => {
  const wrong = { exclude: 'default' };

  it.each<[string, () => unknown, string, unknown]>([
    ['an option', () => HealthModule.forRoot({ timeoutMs: 0 }), 'timeoutMs', 0],
    [
      'an option of a group',
      () => HealthModule.forRoot({ dataSources: wrong as never }),
      'dataSources.exclude',
      'default',
    ],
    ['an unknown option', () => HealthModule.forRoot({ timeout: 3 } as never), 'timeout', 3],
    ['forRootAsync', () => HealthModule.forRootAsync({}), "forRootAsync's useFactory", undefined],
    ['kubernetesProbes()', () => kubernetesProbes({ port: -1 }), 'port', -1],
    [
      '@ProbeIndicator()',
      () =>
        ProbeIndicator({ name: '' })(
          class Mail {
            check() {}
          },
        ),
      '@ProbeIndicator of Mail: name',
      '',
    ],
  ])('has the option and the value of %s', (_what, configure, option, value) => {
    const error = catchOptionsError(configure);
    expect([error.name, error.option, error.value]).toEqual(['HealthOptionsError', option, value]);
  });

  it('prints no properties of the value, which may be passwords', () => {
    const client = { password: 'secret' };
    const error = catchOptionsError(() => HealthModule.forRoot({ timeoutMs: client as never }));
    expect(error.value).toBe(client);
    expect(inspect(error)).not.toContain('secret');
  });
});

describe('HealthModule throws a HealthOptionsError', () => {
  it.each(MISTAKES)('for %o', async (wrong, message) => {
    const options = wrong as HealthModuleOptions;
    const expected = `HealthModule: ${message}`;
    expect(() => resolveOptions(options)).toThrow(expected);
    expect(() => HealthModule.forRoot(options)).toThrow(expected);
    const module = HealthModule.forRootAsync({ useFactory: () => options });
    const created = createWithFactory({ imports: [module] }, createAdapter);
    const error = await created.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(HealthOptionsError);
    const { message: thrown, option, code } = error as HealthOptionsError;
    expect(thrown).toContain(expected);
    expect(message).toMatch(new RegExp(`^${escape(option)} `));
    expect(code).toBe('HEALTH_INVALID_OPTION');
  });

  it.each([
    [{ liveness: { path: ['/a', 'b'] } }, "'b'"],
    [{ dataSources: { exclude: ['default', 7] } }, '7'],
  ])('that contains the invalid element of an array: %o', (options, value) => {
    expect(() => HealthModule.forRoot(options as unknown as HealthModuleOptions)).toThrow(value);
  });

  it.each([
    ['forRoot', (options: HealthModuleOptions) => HealthModule.forRoot(options)],
    [
      'forRootAsync',
      (options: HealthModuleOptions) => HealthModule.forRootAsync({ useFactory: () => options }),
    ],
  ])('from %s for another object in place of a memcached client', async (_way, configure) => {
    const module = configure({ memcached: { clients: { SESSIONS: { servers: [] } } } });
    await expect(createWithFactory({ imports: [module] }, createAdapter)).rejects.toThrow(
      "HealthModule: memcached.clients.SESSIONS is an object; allowed: a client of 'memcached', 'memjs', 'memcache', 'memcache-client', 'memcache-plus' or '@keyv/memcache', or one of memcached.adapters.",
    );
  });
});

describe('forRootAsync()', () => {
  const ALLOWED = 'a function, or useClass or useExisting in its place.';

  it.each([
    ['no argument', undefined, 'undefined'],
    ['null', null, 'undefined'],
    ['options of forRoot()', { timeoutMs: 100 }, 'undefined'],
    ['options in place of the factory', { useFactory: { timeoutMs: 100 } }, 'an object'],
  ])('throws a HealthOptionsError for %s', (_what, wrong, shown) => {
    const configure = () => HealthModule.forRootAsync(wrong as HealthModuleAsyncOptions);
    expect(configure).toThrow(
      `HealthModule: forRootAsync's useFactory is ${shown}; allowed: ${ALLOWED}`,
    );
  });
});

const check = () => ({});

describe('options', () => {
  it('have defaults', () => {
    const defaults = {
      probes: {
        liveness: { paths: ['/healthz'], checks: {} },
        readiness: { paths: ['/readiness'], checks: {} },
        startup: { paths: ['/startupz'], checks: {} },
      },
      timeoutMs: 3000,
      freshMs: 250,
      dataSources: { exclude: [], optional: [], timeoutMs: 3000 },
      memcached: { exclude: [], optional: [], timeoutMs: 3000, clients: {} },
      details: 'status',
      html: true,
      metrics: undefined,
      unhealthyStatus: 503,
      drainMs: 0,
      server: undefined,
    };
    expect(resolveOptions({})).toMatchObject(defaults);
    expect(resolveOptions({ liveness: undefined, timeoutMs: undefined })).toMatchObject(defaults);
  });

  it('are accepted at the limits of their ranges', () => {
    const client = new Memcached('127.0.0.1:11211');
    onTestFinished(() => client.end());
    const resolved = resolveOptions({
      liveness: { path: ['/a', '/.a/b.c_d~e-f/...'], timeoutMs: 2 ** 31 - 1, checks: { check } },
      readiness: false,
      startup: '/UP',
      timeoutMs: 0.5,
      freshMs: 0,
      dataSources: { timeoutMs: 1000, exclude: ['default'] },
      memcached: { clients: { client } },
      details: 'full',
      unhealthyStatus: 400,
      drainMs: 2 ** 31 - 1,
      server: { port: 65_535, host: '::' },
    });
    expect(resolved).toMatchObject({
      probes: {
        liveness: { paths: ['/a', '/.a/b.c_d~e-f/...'], checks: { check }, timeoutMs: 2 ** 31 - 1 },
        readiness: { paths: [], checks: {} },
        startup: { paths: ['/UP'], checks: {} },
      },
      timeoutMs: 0.5,
      freshMs: 0,
      dataSources: { exclude: ['default'], optional: [], timeoutMs: 1000 },
      memcached: { exclude: [], optional: [], timeoutMs: 0.5, clients: { client } },
      details: 'full',
      unhealthyStatus: 400,
      drainMs: 2 ** 31 - 1,
      server: { port: 65_535, host: '::', details: 'full' },
    });
    expect(resolveOptions({ dataSources: false, memcached: false })).toMatchObject({
      dataSources: false,
      memcached: false,
    });
  });
});
