import { now, setImmediate } from '../checks/clock.js';

const MOST_MS_PER_TURN = 2;

/**
 * Runs what is pushed, in order, for a moment in each turn of the event loop. All who ask a hanging resource get
 * their answer at the same deadline: 600 in one turn took 60 ms, in which the app and its liveness
 * stood still.
 */
export class PacedQueue {
  private readonly line: (() => void)[] = [];
  private turning = false;

  push(act: () => void): void {
    this.line.push(act);
    this.goOn();
  }

  private goOn(): void {
    if (this.turning || !this.line.length) return;
    this.turning = true;
    setImmediate(() => {
      this.turning = false;
      try {
        const until = now() + MOST_MS_PER_TURN;
        do this.line.shift()?.();
        while (now() < until && this.line.length);
      } finally {
        this.goOn();
      }
    });
  }
}
