import type { Part } from '../support/part.js';
import { discovery } from './discovery.js';
import { eventLoop } from './event-loop.js';
import { flood } from './flood.js';
import { startUp } from './start-up.js';
import { hang } from './hang.js';
import { instructions } from './instructions.js';
import { liveness } from './liveness.js';
import { many } from './many.js';
import { otherRequests } from './other-requests.js';
import { readiness } from './readiness.js';

/** By their names in `npm run bench -- <name>`. */
export const parts: Readonly<Record<string, Part>> = {
  liveness,
  instructions,
  'other-requests': otherRequests,
  readiness,
  many,
  flood,
  hang,
  'start-up': startUp,
  'event-loop': eventLoop,
  discovery,
};
