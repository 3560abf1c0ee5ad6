import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { createShutdownController } from '../checks/check.js';
import { pause } from '../checks/clock.js';
import { log } from '../health.logger.js';
import { LOG } from '../health.messages.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { AppServers } from '../nest/app-servers.js';
import { beforeClose } from '../nest/before-close.js';
import { LastHooks } from '../nest/hook-order.js';
import { closeIdleConnections } from './close-idle-connections.js';
import { warnWithoutShutdownHooks } from './shutdown-hooks-warning.js';

/** The phase of the app's life. */
export type Phase = 'starting' | 'started' | 'shutting down';

/** Follows the app's life, and holds up its shutdown until it is drained. */
@Injectable()
export class AppLifecycle {
  /** Whether the app drains: its responses must not keep a connection. */
  isShuttingDown = false;
  private readonly controller = createShutdownController();
  /** Aborts once the app is drained: a check of a hung server must not hold up `close()`. */
  readonly shutdown: AbortSignal = this.controller.signal;
  private hasStarted = false;
  private drained?: Promise<void>;
  private readonly listeners: (() => void)[] = [];
  private readonly drainListeners: (() => void)[] = [];

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(AppServers) private readonly servers: AppServers,
    @Inject(LastHooks) hooks: LastHooks,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    hooks.afterBootstrap = () => this.start();
    // Nest 11 has no earlier moment for an HTTP app, and no version has one for a worker.
    hooks.beforeDestroy = async () => {
      await this.drain();
      this.controller.abort();
    };
    beforeClose(host, () => this.drain());
    servers.watchMicroservices(() => this.drain());
    if (options.server) servers.watchListening();
  }

  get phase(): Phase {
    if (this.isShuttingDown) return 'shutting down';
    // Probes that reach the app by its own server prove that it is open. The separate port answers
    // earlier, and must not: other bootstrap hooks ran for 13 s in one app, and its port opens after them.
    const isOpen = !this.options.server || this.servers.isReachable;
    return this.hasStarted && isOpen ? 'started' : 'starting';
  }

  /** Calls `listener` once, after the bootstrap hooks of all modules. */
  onStarted(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Calls `listener` at the first moment of the shutdown. */
  onDrain(listener: () => void): void {
    this.drainListeners.push(listener);
  }

  /**
   * Makes the app not ready. Resolves after `drainMs`, the time that load balancers need to notice; at
   * once when no client can connect. Nest calls it at several moments: all get the same promise.
   */
  drain(): Promise<void> {
    this.drained ??= this.drainOnce();
    return this.drained;
  }

  private start(): void {
    // An app that is closed while it bootstraps gets its hooks in this order.
    if (this.isShuttingDown) return;
    this.hasStarted = true;
    this.servers.acceptAnyServer();
    if (this.options.drainMs) warnWithoutShutdownHooks(() => this.hasClients);
    try {
      for (const listener of this.listeners) listener();
    } catch (error) {
      // Nest closes nothing after a failed start.
      this.controller.abort();
      throw error;
    }
  }

  private async drainOnce(): Promise<void> {
    const waitMs = this.hasClients ? this.options.drainMs : 0;
    this.isShuttingDown = true;
    for (const listener of this.drainListeners) listener();
    if (waitMs) {
      log.log(LOG.draining(waitMs));
      await pause(waitMs);
    }
    for (const server of this.servers.listeningServers) closeIdleConnections(server);
  }

  /** Whether load balancers may send clients here, and need time to notice that the app goes. */
  private get hasClients(): boolean {
    const isServed = this.options.server !== undefined || this.servers.isListening;
    return this.hasStarted && !this.isShuttingDown && isServed;
  }
}
