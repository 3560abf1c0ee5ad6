import { describe, expect, it } from 'vitest';
import { addHealthModule } from '../../lib/schematics/add-health-module.js';

const NEST_IMPORT = "import { Module } from '@nestjs/common';\n";
const IMPORTS = `${NEST_IMPORT}import { HealthModule } from 'nestjs-healthz';\n`;
const CLASS = 'export class AppModule {}\n';

describe('HealthModule.forRoot()', () => {
  it.each([
    ['an empty list', '{ imports: [] }', '{ imports: [HealthModule.forRoot()] }'],
    ['a list', '{ imports: [A, B] }', '{ imports: [A, B, HealthModule.forRoot()] }'],
    [
      'a list of lines',
      '{\n  imports: [\n    // first\n    A,\n    B,\n  ],\n}',
      '{\n  imports: [\n    // first\n    A,\n    B,\n    HealthModule.forRoot(),\n  ],\n}',
    ],
    ['no list', '{ providers: [] }', '{ providers: [], imports: [HealthModule.forRoot()] }'],
    ['no metadata', '{}', '{\n  imports: [HealthModule.forRoot()]\n}'],
    ['a quoted name', "{ 'imports': [] }", "{ 'imports': [HealthModule.forRoot()] }"],
  ])('is added to %s', (_, before, after) => {
    const added = addHealthModule(`${NEST_IMPORT}@Module(${before})\n${CLASS}`);
    expect(added).toBe(`${IMPORTS}@Module(${after})\n${CLASS}`);
  });

  it('is not added twice', () => {
    const file = addHealthModule(`${NEST_IMPORT}@Module({})\n${CLASS}`) ?? '';
    expect(file).toContain('HealthModule.forRoot()');
    expect(addHealthModule(file)).toBe(file);
  });

  it("has another name beside a HealthModule of the app's own", () => {
    const own = `import { HealthModule } from './health/health.module';\n`;
    const file = `${NEST_IMPORT}${own}@Module({ imports: [HealthModule] })\n${CLASS}`;
    const added = addHealthModule(file) ?? '';
    expect(added).toBe(
      `${NEST_IMPORT}${own}import { HealthModule as ProbesModule } from 'nestjs-healthz';\n` +
        `@Module({ imports: [HealthModule, ProbesModule.forRoot()] })\n${CLASS}`,
    );
    expect(addHealthModule(added)).toBe(added);
  });
});

it.each([
  ['nothing', ''],
  ['a class that is no module', CLASS],
  ['metadata of somewhere else', `@Module(metadata)\n${CLASS}`],
  ['imports of somewhere else', `@Module({ imports: MODULES })\n${CLASS}`],
  ['imports by a shorthand', `@Module({ imports, providers: [] })\n${CLASS}`],
  ['imports by a shorthand alone', `@Module({ imports })\n${CLASS}`],
])('leaves %s alone', (_, file) => {
  expect(addHealthModule(file)).toBeUndefined();
});
