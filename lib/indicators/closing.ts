import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { createShutdownController } from '../checks/check.js';

/** Aborts when Nest tears the app down: a check under way at a hung server must not hold that up. */
@Injectable()
export class Closing implements OnModuleDestroy {
  private readonly controller = createShutdownController();
  readonly signal: AbortSignal = this.controller.signal;

  onModuleDestroy(): void {
    this.abort();
  }

  abort(): void {
    this.controller.abort();
  }
}
