import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/** How far the app is in its life. */
export type Phase = 'starting' | 'started' | 'shutting down';

/** Follows Nest's life cycle hooks. */
@Injectable()
export class Availability implements OnApplicationBootstrap, OnModuleDestroy {
  phase: Phase = 'starting';

  onApplicationBootstrap(): void {
    this.phase = 'started';
  }

  onModuleDestroy(): void {
    this.phase = 'shutting down';
  }
}
