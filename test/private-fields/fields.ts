import { DataSource, type DataSourceOptions } from 'typeorm';
import { onTestFinished } from 'vitest';

// The tests of this directory read, on real objects, every field the module reads that its package
// does not document. When one fails after an update, see who reads that field in lib/; what happens
// when a field is missing is in missing.test.ts.

/** Looks into an object whose type does not tell. */
export const look = (value: unknown) => value as Record<string, any>;

/** Destroyed at the end of the test. */
export async function connect(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = await new DataSource(options).initialize();
  onTestFinished(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  return dataSource;
}
