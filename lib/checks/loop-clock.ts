import { clearInterval, now, setInterval } from './clock.js';

const TURN_MS = 100;
/** A longer pause between two turns counts as this much: the event loop was blocked, or the process stopped. */
const LONGEST_TURN_MS = 2 * TURN_MS;

/** A clock that stands still while the event loop is blocked: nobody could act in that time. */
export class LoopClock {
  private elapsedMs = 0;
  private turnedAt = now();
  private readonly timer = setInterval(() => this.turn(), TURN_MS).unref();

  now(): number {
    return this.elapsedMs + Math.min(now() - this.turnedAt, LONGEST_TURN_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private turn(): void {
    this.elapsedMs = this.now();
    this.turnedAt = now();
  }
}
