import { Injectable } from '@nestjs/common';
import { createShutdownController } from '../checks/check.js';

/** Aborts once the app is drained: a check that is under way at a hung server must not hold up `close()`. */
@Injectable()
export class ShutdownSignal {
  private readonly controller = createShutdownController();
  readonly signal: AbortSignal = this.controller.signal;

  /** For {@link AppLifecycle}, which decides when. */
  abort(): void {
    this.controller.abort();
  }
}
