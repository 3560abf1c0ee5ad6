import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { GeneratedApp, type GeneratedCell } from './generated-app.js';

/**
 * Jest on Node 20 cannot require an ES module. Nest 12 consists of ES modules: `@nestjs/testing` itself fails
 * to load, with or without this package. From Node 24.9 on Jest can, with a flag. Terminus 12 is the same.
 */
// prettier-ignore
const CELLS: readonly GeneratedCell[] = [
  { cli: '11', node: '20.19.0', nest: '11', terminus: '11', runner: 'jest' },
  { cli: '11', node: '24',      nest: '12', terminus: '12', runner: 'jest', flag: '--experimental-vm-modules' },
  { cli: '12', node: '20.19.0', nest: '12', terminus: '12', runner: 'vitest' },
];

const titleOf = ({ cli, node, nest, terminus, runner }: GeneratedCell) =>
  `an app of Nest CLI ${cli} with ${runner}, Node ${node}, Nest ${nest}, Terminus ${terminus}`;

describe.each(CELLS.map((cell) => [titleOf(cell), cell] as const))('%s', (_, cell) => {
  let app: GeneratedApp;

  beforeAll(async () => {
    app = await GeneratedApp.create(cell, inject('tarball'));
  });

  afterAll(() => app?.remove());

  it('passes its tests, without configuration, after it imports HealthModule', async () => {
    const generated = ['app.controller.spec.ts', 'app.e2e-spec.ts'];
    expect(await app.test()).toEqual(generated);
    await app.addModule();
    expect(await app.test()).toEqual([...generated, 'probes.e2e-spec.ts']);
  });
});
