import type { CheckFailure } from '../checks/check.js';
import type { Outcome } from '../checks/outcome.js';
import { noAnswer, SHUTTING_DOWN } from '../health.messages.js';

/** Turns the failure of a check into its outcome; `sentence` is for one that threw. */
export const failureOutcome =
  (sentence: string) =>
  (failure: CheckFailure): Outcome => {
    switch (failure.reason) {
      case 'timeout':
        return { status: 'down', message: noAnswer(failure.timeoutMs) };
      case 'error':
        return { status: 'down', message: sentence, cause: failure.error };
      case 'aborted':
        return { status: 'down', message: SHUTTING_DOWN };
    }
  };
