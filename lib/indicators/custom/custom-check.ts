import { type Abortable, Check, type CheckOptions } from '../../checks/check.js';
import { CHECK_FAILED } from '../../health.messages.js';
import { failureOutcome } from '../check-failure.js';
import { outcomeOf, returnedOrThrown } from './custom-result.js';

/** Creates the check of a user's function or indicator. */
export const customCheck = (
  run: (controller: Abortable) => unknown,
  limits: Pick<CheckOptions, 'timeoutMs' | 'freshMs' | 'shutdown'>,
): Check =>
  new Check({
    ...limits,
    run: async (controller) => outcomeOf(await returnedOrThrown(() => run(controller))),
    onFailure: failureOutcome(CHECK_FAILED),
  });
