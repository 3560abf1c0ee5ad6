import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/** How far the app is in its life. */
export type Phase = 'starting' | 'started' | 'shutting down';

/** Follows Nest's life cycle hooks. */
@Injectable()
export class Availability implements OnApplicationBootstrap, OnModuleDestroy {
  phase: Phase = 'starting';

  // Nest calls the hooks of global modules first, and nothing after the last: other hooks may still
  // run, but the app's port is not open before they have.
  onApplicationBootstrap(): void {
    this.phase = 'started';
  }

  onModuleDestroy(): void {
    this.phase = 'shutting down';
  }
}
