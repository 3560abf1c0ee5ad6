import { describe, expect, it } from 'vitest';
import { pass, useFakeClock } from './fake-clock.js';
import { now } from '../../lib/checks/clock.js';
import { LoopClock } from '../../lib/checks/loop-clock.js';
import { HeartbeatCheck } from '../../lib/indicators/custom/heartbeat.js';

useFakeClock();

describe('the clock of heartbeats', () => {
  it('counts the time in which the event loop turns', async () => {
    const clock = new LoopClock();
    const startedAt = clock.now();
    for (let n = 0; n < 10; n++) {
      await pass(70);
      expect(clock.now() - startedAt).toBeCloseTo(70 * (n + 1), 5);
    }
    clock.stop();
  });

  it('misses a beat exactly after the time', async () => {
    const clock = new LoopClock();
    const heartbeat = new HeartbeatCheck(1_000, 0, clock);
    await pass(1_000);
    expect(await heartbeat.run()).toMatchObject({ status: 'up', at: now() });
    await pass(1);
    expect(await heartbeat.run()).toMatchObject({ status: 'down' });
    clock.stop();
  });
});
