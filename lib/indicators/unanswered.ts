import type { Unanswered } from '../checks/check.js';
import type { Outcome } from '../checks/outcome.js';
import { noAnswer, SHUTTING_DOWN } from '../health.messages.js';

/** The outcome of a check that has none of its own; `failed` is the sentence for one that threw. */
export const unansweredOutcome =
  (failed: string) =>
  (why: Unanswered): Outcome => {
    switch (why.reason) {
      case 'late':
        return { status: 'down', message: noAnswer(why.timeoutMs) };
      case 'failed':
        return { status: 'down', message: failed, cause: why.error };
      case 'closed':
        return { status: 'down', message: SHUTTING_DOWN };
    }
  };
