import { copyFile, readdir, readFile } from 'node:fs/promises';
import { isBuiltin, SourceMap } from 'node:module';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY } from '../support/npm.js';
import {
  BUNDLER,
  compile,
  exportsWithTags,
  importsOf,
  NODE_10,
  NODE_NEXT,
  packageOf,
  textsOf,
  valuesOf,
} from './compile.js';
import { InstalledPackage } from './installed-package.js';

const OPTIONAL_PEERS = ['memcached', 'typeorm'];

let pkg: InstalledPackage;
let manifest: {
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
};

beforeAll(async () => {
  pkg = await InstalledPackage.create(inject('tarball'));
  manifest = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8'));
});

afterAll(() => pkg?.remove());

const INDEXES = ['dist/lib/index', 'dist/lib/testing/index', 'dist/lib/grpc/index'];

const filesEnding = (...ends: string[]) =>
  [...pkg.files].filter(([name]) => ends.some((end) => name.endsWith(end)));

/** What a file of the package imports at once: files of the package, and whatever else. */
function loadedBy(entry: string): { ours: string[]; others: string[] } {
  const ours = new Set<string>();
  const others = new Set<string>();
  const load = (file: string) => {
    ours.add(file);
    for (const name of importsOf(pkg.files.get(file) ?? '')) {
      const path = posix.join(posix.dirname(file), name);
      if (!name.startsWith('.')) others.add(name);
      else if (!ours.has(path)) load(path);
    }
  };
  load(entry);
  return { ours: [...ours], others: [...others] };
}

describe('npm install in an empty app', () => {
  it('brings the newest Nest and Terminus without a peer conflict', async () => {
    expect(pkg.installLog).not.toMatch(/ERESOLVE|peer dep/i);
    await expect(pkg.checkTree()).resolves.toBeUndefined();
    expect(await pkg.versionOf('@nestjs/core')).toMatch(/^12\./);
    expect(await pkg.versionOf('@nestjs/terminus')).toMatch(/^12\./);
  });

  it('brings no optional peer', () => {
    expect(pkg.has('nestjs-healthz')).toBe(true);
    expect(OPTIONAL_PEERS.filter((peer) => pkg.has(peer))).toEqual([]);
  });
});

it.each(['start.mjs', 'start.cjs'])('starts and answers in %s', async (file) => {
  const { stdout, stderr } = await pkg.run(file);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    '/healthz': '200 OK',
    '/readiness': '200 OK',
    '/startupz': '200 OK',
    '/elsewhere': '200 app',
    '/readiness of a test': '503 mail: check failed.',
  });
});

it('is one copy with the same names, whether it is imported or required', async () => {
  const { stdout } = await pkg.run('names.mjs');
  const { same, ...names } = JSON.parse(stdout);
  expect(same).toBe(true);
  for (const [entry, { imported, required }] of Object.entries<Names>(names)) {
    const index = pkg.path(`node_modules/nestjs-healthz/dist/lib/${entry}.d.ts`);
    expect(imported).toEqual(valuesOf(index).toSorted());
    expect(required).toEqual(imported);
  }
});
interface Names {
  readonly imported: string[];
  readonly required: string[];
}

it('brings a command that prints the probes', async () => {
  const { stdout } = await pkg.npx('manifest', '--port', '8080');
  expect(parse(stdout)).toMatchObject({
    livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
    terminationGracePeriodSeconds: 30,
  });
  await expect(pkg.npx('manifest', '--port', '0')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--port is '0'"),
  });
});

describe('types', () => {
  it.each([
    ['an ES module under nodenext', 'types.mts', NODE_NEXT],
    ['CommonJS under nodenext', 'types.cts', NODE_NEXT],
    ['a bundler', 'types.ts', BUNDLER],
    ['CommonJS under node10', 'types.ts', NODE_10],
  ])('resolve for %s', async (_, name, options) => {
    const file = pkg.path(name);
    if (name !== 'types.ts') {
      await copyFile(pkg.path('types.ts'), file);
    }
    const { errors, ours } = compile(file, options);
    expect(errors).toEqual([]);
    expect(ours).toContain(pkg.path('node_modules/nestjs-healthz/dist/lib/index.d.ts'));
  });

  it('document every public name, and mark it as public', () => {
    const tags = INDEXES.flatMap((index) => [
      ...exportsWithTags(pkg.path(`node_modules/nestjs-healthz/${index}.d.ts`)),
    ]);
    const names = tags.map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(['HealthModule', 'HealthTesting']));
    expect(tags.filter(([, each]) => !each.includes('publicApi'))).toEqual([]);
  });
});

describe('the files', () => {
  it('are the TypeScript, the output of tsc, and the pages', async () => {
    const all = await readdir(join(REPOSITORY, 'lib'), { recursive: true });
    const sources = all.filter((name) => name.endsWith('.ts')).map((name) => name.slice(0, -3));
    const built = ['js', 'js.map', 'd.ts', 'd.ts.map'];
    expect(sources).toContain('health.module');
    expect([...pkg.files.keys()].toSorted()).toEqual(
      [
        'LICENSE',
        'README.md',
        'docs/custom-checks.md',
        'docs/docker-and-compose.md',
        'docs/drain-and-shutdown.md',
        'docs/faults.md',
        'docs/from-a-terminus-controller.md',
        'docs/grpc.md',
        'docs/heartbeats-and-holds.md',
        'docs/how-it-works.md',
        'docs/memcached-clients.md',
        'docs/metrics-alerts-logs.md',
        'docs/separate-port.md',
        'docs/start-before-the-database.md',
        'docs/testing.md',
        'docs/troubleshooting.md',
        'docs/what-is-checked.md',
        'package.json',
        'dist/lib/package.json',
        'dist/lib/schematics/collection.json',
        ...sources.map((name) => `lib/${name}.ts`),
        ...sources.flatMap((name) => built.map((end) => `dist/lib/${name}.${end}`)),
      ].toSorted(),
    );
  });

  it('have source maps that lead to the packed TypeScript', () => {
    const maps = filesEnding('.map').map(([name, text]) => {
      const { sources } = JSON.parse(text) as { sources: string[] };
      return [name, sources.map((source) => posix.join(posix.dirname(name), source))] as const;
    });
    const broken = maps.filter(
      ([, [source, ...more]]) => more.length || !pkg.files.has(`${source}`),
    );
    expect(broken).toEqual([]);
  });

  it.each([
    ['dist/lib/health.module.js', 'class HealthModule', 'lib/health.module.ts'],
    ['dist/lib/testing/health-testing.js', 'class HealthTesting', 'lib/testing/health-testing.ts'],
    ['dist/lib/kubernetes/cli.js', 'process.exitCode', 'lib/kubernetes/cli.ts'],
    ['dist/lib/schematics/nest-add.js', 'nestAdd(', 'lib/schematics/nest-add.ts'],
  ])('lead from %s, at `%s`, to the same in %s', (file, code, source) => {
    const before = pkg.files.get(file)!.split(code, 1)[0]!.split('\n');
    const map = new SourceMap(JSON.parse(pkg.files.get(`${file}.map`)!));
    const entry = map.findEntry(before.length - 1, before.at(-1)!.length);
    expect(entry).toMatchObject({ originalSource: expect.stringMatching(`^[./]*${source}$`) });
    const line = 'originalLine' in entry && pkg.files.get(source)!.split('\n')[entry.originalLine];
    expect(line).toContain(code.replace('process.', ''));
  });

  it('name files and lines in a stack trace', async () => {
    const { stdout } = await pkg.run('wrong-option.cjs');
    expect(stdout).toMatch(/at .* \(.*nestjs-healthz\/dist\/lib\/options\/rules\.js:\d+:\d+\)/);
    const mapped = await pkg.run('wrong-option.cjs', '--enable-source-maps');
    expect(mapped.stdout).toMatch(/at .* \(.*nestjs-healthz\/lib\/options\/rules\.ts:\d+:\d+\)/);
  });

  it('need nothing of Nest where the command loads them', () => {
    const { ours, others } = loadedBy('dist/lib/kubernetes/cli.js');
    expect(ours).toContain('dist/lib/kubernetes/command.js');
    expect(others.filter((name) => !isBuiltin(name))).toEqual([]);
  });

  it('are not loaded by an app where only tests, the command and `nest add` use them', () => {
    const { ours } = loadedBy('dist/lib/index.js');
    expect(ours).toContain('dist/lib/health.module.js');
    const others =
      /^dist\/lib\/(testing|grpc|schematics)\/|\/(cli|command|probe-command|manifest)\.js$/;
    expect(ours.filter((name) => others.test(name))).toEqual([]);
  });

  it('have public types without internal members', () => {
    const texts = INDEXES.flatMap((index) =>
      textsOf(pkg.path(`node_modules/nestjs-healthz/${index}.d.ts`)),
    );
    expect(texts).toContainEqual(expect.stringContaining('class DataSourceHealthIndicator'));
    expect(texts.filter((text) => /@internal|\bResolvedOptions\b/.test(text))).toEqual([]);
  });

  it('import nothing that may be missing', () => {
    const { peerDependencies, peerDependenciesMeta } = manifest;
    const required = Object.keys(peerDependencies).filter(
      (peer) => !peerDependenciesMeta[peer]?.optional,
    );
    const found = filesEnding('.js', '.d.ts').flatMap(([, text]) => importsOf(text).map(packageOf));
    const imported = new Set(found.filter((name) => name !== undefined && !isBuiltin(name)));
    expect(imported).toContain('@nestjs/common');
    expect([...imported].filter((name) => !required.includes(`${name}`))).toEqual([]);
    expect(required).not.toEqual(expect.arrayContaining(OPTIONAL_PEERS));
  });

  it('name no path of the machine that built them', () => {
    const paths = /\/(?:home|Users|root|github\/workspace)\/|[A-Z]:\\\\?\w|file:\/\/\//;
    const telling = [...pkg.files]
      .filter(([, text]) => text.includes(REPOSITORY) || paths.test(text))
      .map(([name]) => name);
    expect(telling).toEqual([]);
  });
});
