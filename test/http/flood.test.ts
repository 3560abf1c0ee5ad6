import { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../servers/index.js';
import { ADAPTERS } from '../support/app.js';
import { startEcho } from '../support/echo.js';
import { createGate } from '../support/gate.js';
import { fetchText } from '../support/request.js';
import { watchServer } from '../support/watch-server.js';

const REQUESTS = 200;

/** Makes each response take 1 ms to send, and counts the responses of each turn of the event loop. */
function countSendsPerTurn(): number[] {
  const sends = [0];
  let timer = setImmediate(function count() {
    sends.push(0);
    timer = setImmediate(count);
  });
  const { end } = ServerResponse.prototype;
  ServerResponse.prototype.end = function (this: ServerResponse, ...args: unknown[]) {
    for (const stop = performance.now() + 1; performance.now() < stop;);
    sends[sends.length - 1]! += 1;
    return end.apply(this, args as never);
  } as typeof end;
  onTestFinished(() => {
    ServerResponse.prototype.end = end;
    clearImmediate(timer);
  });
  return sends;
}

describe.each(ADAPTERS)('200 requests that wait for one check on %s', (_adapter, createAdapter) => {
  it.each(['/readiness', '/readiness/slow', '/readiness?exclude=other'])(
    'are answered a few in each turn of the event loop: %s',
    async (path) => {
      const settled = createGate();
      const check = async () => {
        await settled.opened;
        return { slow: { status: 'down' as const } };
      };
      const { port } = await startEcho(createAdapter, {
        readiness: { checks: { slow: check, other: () => ({ other: { status: 'up' as const } }) } },
      });
      let received = 0;
      watchServer(() => (received += 1));
      const answers = Array.from({ length: REQUESTS }, () => fetchText(port, path));
      await until('all requests have arrived', () => received === REQUESTS);
      const sends = countSendsPerTurn();
      settled.open();
      expect(new Set(await Promise.all(answers))).toEqual(new Set(['503 slow: check failed.']));
      // A slice is 2 ms long, and the last response may begin within it.
      expect(Math.max(...sends)).toBeLessThanOrEqual(3);
      expect(sends.reduce((sum, each) => sum + each)).toBe(REQUESTS);
    },
  );
});
