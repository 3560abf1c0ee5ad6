import { type CheckStatus, mapValues, type Outcome, worstOf } from '../../checks/outcome.js';
import { CHECK_FAILED, INVALID_RESPONSE } from '../../health.messages.js';
import { factsIn } from '../../redaction/facts.js';

/** The outcome of whatever a user's check returned. */
export function outcomeOf(result: unknown): Outcome {
  if (result === undefined || result === true) return { status: 'up' };
  if (result === false) return { status: 'down', message: CHECK_FAILED };
  if (!isRecord(result)) return INVALID;
  const parts = mapValues(result, outcomeOfEntry);
  const outcomes = Object.values(parts);
  // `{}` is a check over no tenants yet. An Error or a Response has no entries either.
  if (!outcomes.length) return isPlain(result) ? { status: 'up' } : INVALID;
  if (outcomes.length === 1) return outcomes[0]!;
  const { status, message } = worstOf(outcomes);
  return { status, message, parts };
}

/**
 * The result of a run, also one that an indicator of Terminus 11 throws.
 *
 * @throws whatever else `run` throws
 */
export async function returnedOrThrown(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    const { isHealthCheckError, message, causes } = Object(error) as Partial<HealthCheckError>;
    if (isHealthCheckError !== true || !isRecord(causes) || !Object.keys(causes).length)
      throw error;
    // The error's message goes to the log where the result has none.
    return mapValues(causes, (result) => ({ message, ...(result as object) }));
  }
}

/** Of Terminus 11, recognized by its shape: Terminus 12 has no such class. */
interface HealthCheckError {
  readonly isHealthCheckError: boolean;
  readonly message: string;
  readonly causes: unknown;
}

const INVALID: Outcome = { status: 'down', message: INVALID_RESPONSE };
const STATUSES: readonly unknown[] = ['up', 'degraded', 'down'] satisfies CheckStatus[];

function outcomeOfEntry(value: unknown): Outcome {
  const { status, ...data } = { ...(value as { status?: unknown } | null) };
  if (!STATUSES.includes(status)) return INVALID;
  const facts = () => factsIn(data);
  if (status === 'up') return { status, facts };
  // An indicator's message may quote a driver's error: the response has our sentence in its place.
  const { message, ...rest } = data as { message?: unknown };
  const cause = message ?? (Object.keys(rest).length ? rest : undefined);
  return { status: status as CheckStatus, message: CHECK_FAILED, cause, facts };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Also an object of another realm, as Jest has them. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
