/**
 * Creates its AbortSignal on first use: in a check that waits for nothing, creating and collecting one
 * was a third of all work.
 */
export class LazyAbortController {
  private isAborted = false;
  private controller?: AbortController;

  get aborted(): boolean {
    return this.isAborted;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.isAborted) this.controller.abort();
    }
    return this.controller.signal;
  }

  abort(): void {
    this.isAborted = true;
    this.controller?.abort();
  }
}
