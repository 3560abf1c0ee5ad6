import { copyFile, readFile } from 'node:fs/promises';
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
} from './compile.js';
import { InstalledPackage } from './installed-package.js';

const MAX_BYTES = 157_000;
/** What several ways into the package have in common. */
const SHARED = ['forced', 'health.messages', 'kubernetes-probes'].map(
  (name) => `dist/lib/shared/${name}.js`,
);
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

const INDEXES = ['dist/lib/index', 'dist/lib/testing/index'];

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

  it('say of every public name what it is, and that it is public', () => {
    const tags = INDEXES.flatMap((index) => [
      ...exportsWithTags(pkg.path(`node_modules/nestjs-healthz/${index}.d.ts`)),
    ]);
    const names = tags.map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(['HealthModule', 'HealthTesting']));
    expect(tags.filter(([, each]) => !each.includes('publicApi'))).toEqual([]);
  });
});

describe('the files', () => {
  it('are the built library and what a reader needs', () => {
    const names = [...pkg.files.keys()].filter((name) => !name.endsWith('.map'));
    expect(names.toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'dist/lib/index.d.ts',
      'dist/lib/index.js',
      'dist/lib/kubernetes/cli.js',
      'dist/lib/schematics/collection.json',
      'dist/lib/schematics/nest-add.js',
      ...SHARED,
      'dist/lib/testing/index.d.ts',
      'dist/lib/testing/index.js',
      'docs/recipes.md',
      'package.json',
    ]);
  });

  it('are small', () => {
    const bytes = [...pkg.files]
      .filter(([name]) => !name.endsWith('.map'))
      .reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(MAX_BYTES);
  });

  it('have source maps with the source in them, as it is not packed', () => {
    const maps = filesEnding('.map').map(([name, text]) => [name, JSON.parse(text)] as const);
    expect(maps.length).toBe(filesEnding('.js').length);
    const bare = maps.filter(
      ([, map]) => map.sourcesContent?.length !== map.sources.length || !map.sourcesContent[0],
    );
    expect(bare.map(([name]) => name)).toEqual([]);
  });

  it.each([
    ['dist/lib/index.js', 'class HealthModule', 'lib/health.module.ts'],
    ['dist/lib/shared/forced.js', 'new WeakMap', 'lib/checks/forced.ts'],
    ['dist/lib/testing/index.js', 'class HealthTesting', 'lib/testing/health-testing.ts'],
    ['dist/lib/kubernetes/cli.js', 'process.exitCode', 'lib/kubernetes/cli.ts'],
    ['dist/lib/schematics/nest-add.js', 'nestAdd(', 'lib/schematics/nest-add.ts'],
  ])('of %s lead from `%s` to %s', (file, code, source) => {
    const before = pkg.files.get(file)!.split(code, 1)[0]!.split('\n');
    const map = new SourceMap(JSON.parse(pkg.files.get(`${file}.map`)!));
    const entry = map.findEntry(before.length - 1, before.at(-1)!.length);
    expect(entry).toMatchObject({ originalSource: expect.stringMatching(`^[./]*${source}$`) });
  });

  it('are few where an app loads them, and need not even Nest where the command does', () => {
    expect(loadedBy('dist/lib/index.js').ours.toSorted()).toEqual(['dist/lib/index.js', ...SHARED]);
    const { ours, others } = loadedBy('dist/lib/kubernetes/cli.js');
    expect(ours.filter((name) => !SHARED.includes(name))).toEqual(['dist/lib/kubernetes/cli.js']);
    expect(others.filter((name) => !isBuiltin(name))).toEqual([]);
  });

  it('keep the names of classes and functions, which Nest and stack traces show', () => {
    const built = pkg.files.get('dist/lib/index.js');
    // Of a provider, of a class that is none, and of a function.
    expect(built).toMatch(/=class ProbeResponder\b/);
    expect(built).toMatch(/\bclass PoolAsker\b/);
    expect(built).toMatch(/\bfunction putFirstInLine\(/);
  });

  it('have types without what is internal', () => {
    const types = filesEnding('.d.ts').map(([, text]) => text);
    expect(types.filter((text) => /@internal|\bResolvedOptions\b/.test(text))).toEqual([]);
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
