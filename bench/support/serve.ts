import { PerformanceObserver } from 'node:perf_hooks';
import { answer } from './child.js';
import type { Usage } from './test-server.js';

/** What a file of bench/servers exports: apps by name. */
export type Apps = Record<string, (settings: never) => Promise<RunningApp>>;

export interface RunningApp {
  readonly port: number;
  /** Further questions it answers. */
  readonly answers?: Record<string, (argument: never) => unknown>;
}

const [file = '', name = '', settings = '{}'] = process.argv.slice(2);
let collections = 0;
new PerformanceObserver((list) => (collections += list.getEntries().length)).observe({
  entryTypes: ['gc'],
});

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    cpuUs: user + system,
    activeMs: performance.eventLoopUtilization().active,
    heapBytes: heapUsed,
    rssBytes: rss,
    collections,
    handles: process.getActiveResourcesInfo().length,
  };
}

const { apps } = (await import(`../servers/${file}.js`)) as { apps: Apps };
const start = apps[name];
if (!start) throw new Error(`no app ${name} in ${file}`);
const { port, answers } = await start(JSON.parse(settings) as never);
answer({ port: () => port, usage, collect: () => globalThis.gc?.(), ...answers });
