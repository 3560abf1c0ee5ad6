import { now, setImmediate } from '../checks/clock.js';

const SLICE_MS = 2;

/**
 * Runs tasks in order, for at most {@link SLICE_MS} in each turn of the event loop. All requests that
 * wait for a hanging resource are answered at the same deadline: 600 in one turn took 60 ms, in which
 * the app and its liveness stood still.
 */
export class TimeSlicedQueue {
  private readonly tasks: (() => void)[] = [];
  private isScheduled = false;

  /** @param onError receives the error that the task throws */
  push(task: () => void, onError: (error: unknown) => void): void {
    this.tasks.push(() => {
      try {
        task();
      } catch (error) {
        onError(error);
      }
    });
    this.schedule();
  }

  private schedule(): void {
    if (this.isScheduled || !this.tasks.length) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      const end = now() + SLICE_MS;
      do this.tasks.shift()?.();
      while (now() < end && this.tasks.length);
      this.schedule();
    });
  }
}
