const MAX_ERRORS = 10;

/**
 * Describes an error, the errors it unites, and its causes, such as
 * `fetch failed: connect ECONNREFUSED 127.0.0.1:9`. `describe` returns an empty text to leave an error out.
 */
export function describeChain(error: unknown, describe: (error: unknown) => string): string {
  return partsOf(error, describe, new Set()).join(': ');
}

// A cause may lead back to its error.
function partsOf(
  error: unknown,
  describe: (error: unknown) => string,
  seen: Set<unknown>,
): string[] {
  if (!(error instanceof Error)) return [describe(error)].filter(Boolean);
  if (seen.has(error) || seen.size >= MAX_ERRORS) return [];
  seen.add(error);
  // `net.connect` throws an AggregateError without a message for a host with several addresses.
  const united: unknown[] = error instanceof AggregateError ? error.errors : [];
  const own = united.length && !error.message ? '' : describe(error);
  const nested = united.map((each) => partsOf(each, describe, seen).join(': ')).filter(Boolean);
  const causes = error.cause === undefined ? [] : partsOf(error.cause, describe, seen);
  return [own, nested.join('; '), ...causes.filter((cause) => !own.includes(cause))].filter(
    Boolean,
  );
}
