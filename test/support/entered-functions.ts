import { type Profiler, Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

/**
 * Runs something and returns the functions in lib/ that it enters, as `file: name`, once each. Without
 * closures: they belong to the function that contains them.
 */
export async function enteredFunctions(run: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await session.post('Profiler.takePreciseCoverage');
    await run();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return result.flatMap(namesIn).toSorted();
  } finally {
    session.disconnect();
  }
}

const LIB = new URL('../../lib/', import.meta.url);

function namesIn({ url, functions }: Profiler.ScriptCoverage): string[] {
  const lib = fileURLToPath(LIB);
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  if (!path.startsWith(lib)) return [];
  return functions
    .filter(({ functionName, ranges }) => functionName && ranges[0]!.count > 0)
    .map(({ functionName }) => `${path.slice(lib.length)}: ${functionName}`);
}
