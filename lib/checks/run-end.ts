/**
 * The deadline of a run, or that the app goes down. The signal is made for who looks at it, since in a
 * check that waits for nothing making one, and collecting it, was a third of all work.
 */
export class RunEnd {
  aborted = false;
  private controller?: AbortController;

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort();
    }
    return this.controller.signal;
  }

  abort(): void {
    this.aborted = true;
    this.controller?.abort();
  }
}
