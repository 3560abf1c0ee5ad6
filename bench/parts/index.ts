import type { Part } from '../support/part.js';
import { liveness } from './liveness.js';
import { many } from './many.js';
import { otherRequests } from './other-requests.js';
import { readiness } from './readiness.js';

export const parts: Readonly<Record<string, Part>> = {
  liveness,
  'other-requests': otherRequests,
  readiness,
  many,
};
