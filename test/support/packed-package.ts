import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { createAppDir, pack } from './npm.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed package. */
    tarball: string;
  }
}

/** Builds and packs the package once, for all the files of a run; or takes the one in PACKED_PACKAGE. */
export default async function setup(project: TestProject) {
  const packed = process.env['PACKED_PACKAGE'];
  if (packed) return project.provide('tarball', packed);
  const directory = await createAppDir('packed');
  project.provide('tarball', await pack(directory));
  return () => rm(directory, { recursive: true, force: true });
}
