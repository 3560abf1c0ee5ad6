import { describe, expect, it } from 'vitest';
import { addHealthModule } from '../../lib/schematics/add-health-module.js';

const NEST_IMPORT = "import { Module } from '@nestjs/common';\n";
const IMPORTS = `${NEST_IMPORT}import { HealthModule } from 'nestjs-healthz';\n`;
const CLASS = 'export class AppModule {}\n';

describe('HealthModule.forRoot()', () => {
  it.each([
    ['an empty list', '{ imports: [] }', '{ imports: [HealthModule.forRoot()] }'],
    ['a list', '{ imports: [A, B] }', '{ imports: [HealthModule.forRoot(), A, B] }'],
    ['a spaced list', '{ imports: [ A ] }', '{ imports: [ HealthModule.forRoot(), A ] }'],
    [
      'a list of lines',
      '{\n  imports: [\n    // first\n    A,\n    ...B,\n  ],\n}',
      '{\n  imports: [\n    HealthModule.forRoot(),\n    // first\n    A,\n    ...B,\n  ],\n}',
    ],
    ['no list', '{ providers: [] }', '{ imports: [HealthModule.forRoot()], providers: [] }'],
    [
      'no list among lines',
      '{\n\tproviders: [],\n}',
      '{\n\timports: [HealthModule.forRoot()],\n\tproviders: [],\n}',
    ],
    ['no metadata', '{}', '{ imports: [HealthModule.forRoot()] }'],
    ['a quoted name', "{ 'imports': [] }", "{ 'imports': [HealthModule.forRoot()] }"],
  ])('comes first in %s, in its layout', (_, before, after) => {
    const added = addHealthModule(`${NEST_IMPORT}@Module(${before})\n${CLASS}`);
    expect(added).toBe(`${IMPORTS}@Module(${after})\n${CLASS}`);
  });

  it('goes to the AppModule among others, or to the only one', () => {
    const other = '@Module({ imports: [] })\nclass Other {}\n';
    const added = addHealthModule(`${NEST_IMPORT}${other}@Module({ imports: [] })\n${CLASS}`);
    const expected = `@Module({ imports: [HealthModule.forRoot()] })\n${CLASS}`;
    expect(added).toBe(`${IMPORTS}${other}${expected}`);
    expect(addHealthModule(`${NEST_IMPORT}${other}`)).toContain('[HealthModule.forRoot()]');
  });

  it('is not added twice, however it got there', () => {
    const file = addHealthModule(`${NEST_IMPORT}@Module({})\n${CLASS}`) ?? '';
    expect(addHealthModule(file)).toBe(file);
    for (const there of ['HealthModule', 'HealthModule.forRootAsync({ useClass: Options })']) {
      const own = `${IMPORTS}@Module({ imports: [A, ${there}] })\n${CLASS}`;
      expect(addHealthModule(own)).toBe(own);
    }
  });

  it('is called by the name it is imported by', () => {
    const imports = `${NEST_IMPORT}import { HealthModule as Probes } from 'nestjs-healthz';\n`;
    expect(addHealthModule(`${imports}@Module({})\n${CLASS}`)).toBe(
      `${imports}@Module({ imports: [Probes.forRoot()] })\n${CLASS}`,
    );
  });

  it.each(['import type { HealthModule }', 'import { type HealthModule }'])(
    'is imported beside %s',
    (imported) => {
      const file = `${NEST_IMPORT}${imported} from 'nestjs-healthz';\n@Module({})\n${CLASS}`;
      const added = addHealthModule(file);
      expect(added).toContain("import { HealthModule as ProbesModule } from 'nestjs-healthz';");
      expect(added).toContain('imports: [ProbesModule.forRoot()]');
    },
  );

  it("gets another name beside a HealthModule of the app's own", () => {
    const own = `import { HealthModule } from './health/health.module';\n`;
    const file = `${NEST_IMPORT}${own}@Module({ imports: [HealthModule] })\n${CLASS}`;
    const added = addHealthModule(file) ?? '';
    expect(added).toBe(
      `${NEST_IMPORT}import { HealthModule as ProbesModule } from 'nestjs-healthz';\n${own}` +
        `@Module({ imports: [ProbesModule.forRoot(), HealthModule] })\n${CLASS}`,
    );
    expect(addHealthModule(added)).toBe(added);
  });
});

describe('its import', () => {
  const MODULE = '@Module({ imports: [] })\nclass AppModule {}\n';

  it('follows the packages, in the style of the file', () => {
    const before = `// The app.\r\nimport { Module } from "@nestjs/common"\r\nimport { A } from "./a"\r\n`;
    expect(addHealthModule(before + MODULE)).toContain(
      `"@nestjs/common"\r\nimport { HealthModule } from "nestjs-healthz"\r\nimport { A } from "./a"\r\n`,
    );
  });

  it('comes first where no package is imported', () => {
    const before = "import { Module } from './nest.js';\n";
    expect(addHealthModule(before + MODULE)).toMatch(
      /^import { HealthModule } from 'nestjs-healthz';\nimport { Module } from '.\/nest.js';\n/,
    );
  });
});

it.each([
  ['nothing', ''],
  ['a class that is no module', CLASS],
  ['several modules, none AppModule', '@Module({}) class A {}\n@Module({}) class B {}'],
  ['metadata of somewhere else', `@Module(metadata)\n${CLASS}`],
  ['imports of somewhere else', `@Module({ imports: MODULES })\n${CLASS}`],
  ['imports by a shorthand', `@Module({ imports })\n${CLASS}`],
])('leaves %s alone', (_, file) => {
  expect(addHealthModule(file)).toBeUndefined();
});
