import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { setTimeout as pass } from 'node:timers/promises';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';

/** How far the app is in its life. */
export type Phase = 'starting' | 'started' | 'shutting down';

/** Follows Nest's life cycle, and holds its end up until the app is drained. */
@Injectable()
export class Availability
  implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown
{
  private current: Phase = 'starting';
  private drained?: Promise<void>;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  get phase(): Phase {
    return this.current;
  }

  // Nest calls the hooks of global modules first, and nothing after the last: other hooks may still
  // run, but the app's port is not open before they have.
  onApplicationBootstrap(): void {
    if (this.current === 'starting') this.current = 'started';
  }

  /**
   * The app is not ready from now on. Resolves when it has been so for `drainMs`, which is as long as
   * load balancers are given to notice; at once when nobody could have been sent here.
   */
  drain(): Promise<void> {
    const waitMs = this.isOpen() ? this.options.drainMs : 0;
    this.current = 'shutting down';
    this.drained ??= waitMs ? pass(waitMs) : Promise.resolve();
    return this.drained;
  }

  // Where nothing calls `drain()` sooner, which is Nest 11 and apps without HTTP, it begins here and
  // holds up what comes next: waiting here would only hold up the same hook of other modules.
  onModuleDestroy(): void {
    void this.drain();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.drain();
  }

  /** Without HTTP that is from bootstrap on: a worker or a microservice has its own ways in. */
  private isOpen(): boolean {
    return this.current === 'started' && (!this.host.httpAdapter || this.host.listening);
  }
}
