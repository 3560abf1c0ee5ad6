/** Runs one call at a time: whoever asks while one is under way gets that one's result. */
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
