/** Runs one call at a time: callers that arrive while one is under way share its result. */
export class SingleFlight<T> {
  private running?: Promise<T>;

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  join(start: () => Promise<T>): Promise<T> {
    this.running ??= start().finally(() => (this.running = undefined));
    return this.running;
  }
}
