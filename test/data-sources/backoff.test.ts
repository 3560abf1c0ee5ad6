import { expect, it } from 'vitest';
import { backoffMs } from '../../lib/indicators/data-source/background-connector.js';

it.each([
  [0, 250],
  [1, 500],
  [2, 1000],
  [3, 2000],
  [4, 2000],
  [2000, 2000],
])('after failure %i a pause of %i ms, or down to half of it', (failures, longestMs) => {
  expect(backoffMs(failures, () => 0)).toBe(longestMs);
  expect(backoffMs(failures, () => 0.5)).toBe(longestMs * 0.75);
  expect(backoffMs(failures, () => 1)).toBe(longestMs / 2);
});
