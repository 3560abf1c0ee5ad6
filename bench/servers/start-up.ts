import { Session } from 'node:inspector';
import type { Apps } from '../support/serve.js';
import { startNest } from './nest.js';

/** The JavaScript files that have been loaded: the debugger reports each when it is enabled. */
function loadedFiles(): number {
  const files = new Set<string>();
  const session = new Session();
  session.connect();
  session.on('Debugger.scriptParsed', ({ params: { url } }) => {
    if (url.startsWith('file:') || url.startsWith('/')) files.add(url);
  });
  session.post('Debugger.enable');
  session.disconnect();
  return files.size;
}

async function start(withModule: boolean) {
  const imports = withModule ? [(await import('nestjs-healthz')).HealthModule.forRoot()] : [];
  const { port } = await startNest('Express', { imports });
  const startedMs = performance.now();
  return { port, answers: { startedMs: () => startedMs, loadedFiles } };
}

export const apps: Apps = { without: () => start(false), with: () => start(true) };
