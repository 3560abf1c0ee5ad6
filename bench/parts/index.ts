import type { Part } from '../support/part.js';
import { liveness } from './liveness.js';

export const parts: Readonly<Record<string, Part>> = { liveness };
