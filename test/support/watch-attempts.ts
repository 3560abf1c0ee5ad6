import { DataSource } from 'typeorm';
import { onTestFinished, vi } from 'vitest';

/** Counts how often DataSources are initialized, and how often that has come to an end. */
export function watchAttempts(): { begun: number; ended: number } {
  const attempts = { begun: 0, ended: 0 };
  const { initialize } = DataSource.prototype;
  const spy = vi.spyOn(DataSource.prototype, 'initialize');
  spy.mockImplementation(async function (this: DataSource) {
    attempts.begun++;
    try {
      return await initialize.call(this);
    } finally {
      attempts.ended++;
    }
  });
  onTestFinished(() => spy.mockRestore());
  return attempts;
}
