import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { now, pause } from '../checks/clock.js';
import { LOG, LOG_CONTEXT } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';

// An app that Nest does not see listening by then has a way of its own, or none.
const LISTENS_WITHIN_MS = 10_000;

/** How far the app is in its life. */
export type Phase = 'starting' | 'started' | 'shutting down';

/** Follows Nest's life cycle, and holds its end up until the app is drained. */
@Injectable()
export class Availability
  implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown
{
  private current: Phase = 'starting';
  private bootstrappedAt = 0;
  private reached = false;
  private drained?: Promise<void>;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  get phase(): Phase {
    return this.current === 'started' && !this.hasOpened() ? 'starting' : this.current;
  }

  onApplicationBootstrap(): void {
    if (this.current !== 'starting') return;
    this.current = 'started';
    this.bootstrappedAt = now();
  }

  /** A request came in by the app's own server, which is thus open. */
  noteRequest(): void {
    this.reached = true;
  }

  /**
   * The app is not ready from now on. Resolves when it has been so for `drainMs`, which is as long as
   * load balancers are given to notice; at once when nobody could have been sent here.
   */
  drain(): Promise<void> {
    const waitMs = this.current === 'started' && this.isReachable() ? this.options.drainMs : 0;
    this.current = 'shutting down';
    if (waitMs && !this.drained) new Logger(LOG_CONTEXT).log(LOG.draining(waitMs));
    this.drained ??= waitMs ? pause(waitMs) : Promise.resolve();
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

  /**
   * Nest calls the hooks of global modules first, and nothing after the last: other hooks may still
   * run, and the app's port is not open before they have. The port of the probes must not say so.
   */
  private hasOpened(): boolean {
    return (
      !this.options.server || this.isReachable() || now() - this.bootstrappedAt > LISTENS_WITHIN_MS
    );
  }

  /** Without HTTP from bootstrap on: a worker or a microservice has its own ways in. */
  private isReachable(): boolean {
    return this.reached || this.host.listening || !this.host.httpAdapter;
  }
}
