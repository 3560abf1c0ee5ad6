import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OnApplicationShutdown } from '@nestjs/common';
import { ProbePortError } from '../health.errors.js';
import { log } from '../health.logger.js';
import { LOG, NOT_FOUND, PORT_TAKEN } from '../health.messages.js';
import type { ResolvedOptions } from '../health.options.js';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import type { ResolvedServer } from '../options/server.options.js';
import { reasonOf } from '../redaction/reason.js';
import { limitConnections } from './limit-connections.js';
import { ProbeResponder } from './probe.responder.js';

// A prober sends a few lines and closes. A client that sends more, or more slowly, is not one.
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
// Node's default, 511, drops the kubelet's connection when 1 000 clients connect at once; the kernel
// tries again after 1 s, which is the kubelet's time-out. The system may lower it (`somaxconn`).
const BACKLOG = 4_096;

/** The servers of this process by address: apps that start, run, close, or failed to start. */
const servers = new Map<string, ProbeServer>();

/**
 * The probes on a separate port. It listens while Nest still builds the modules, since it depends on
 * none but ours, and closes last.
 */
export class ProbeServer implements OnApplicationShutdown {
  private readonly server = createServer(LIMITS, (request, response) =>
    this.answer(request, response),
  );
  private readonly address: string;
  private opened?: Promise<void>;
  private isTaken = false;

  constructor(
    private readonly options: ResolvedServer,
    private readonly responder: ProbeResponder,
    private readonly lifecycle: AppLifecycle,
  ) {
    this.address = `${options.host ?? ''}:${options.port}`;
    limitConnections(this.server);
    // An app that failed to start must be able to end.
    this.server.unref();
    lifecycle.onStarted(() => this.checkNotTaken());
  }

  /**
   * Takes the port over from an app of this process that closes, or that has not begun to serve: Nest
   * has no hook for a failed start, so another start means that the one before failed.
   *
   * @throws {ProbePortError} when the port cannot be had
   */
  listen(): Promise<void> {
    const other = servers.get(this.address);
    const handsOver = other?.lifecycle.phase !== 'started';
    if (this.options.port && handsOver) servers.set(this.address, this);
    this.opened = this.listenAfter(handsOver ? other : undefined);
    return this.opened;
  }

  async onApplicationShutdown(): Promise<void> {
    this.forget();
    await this.opened?.catch(() => {});
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async listenAfter(other: ProbeServer | undefined): Promise<void> {
    await other?.handOver();
    const { port, host } = this.options;
    try {
      await once(this.server.listen({ port, host, backlog: BACKLOG }), 'listening');
    } catch (error) {
      this.forget();
      throw new ProbePortError(this.address, reasonOf(error), { cause: error });
    }
    this.server.on('error', (error) => log.warn(LOG.serverError(reasonOf(error))));
    const address = `${host ?? ''}:${(this.server.address() as AddressInfo).port}`;
    log.log(LOG.listening(address));
  }

  /** An app that lost its port while it started, and was only slow, must not run without its probes. */
  private checkNotTaken(): void {
    if (this.isTaken) throw new ProbePortError(this.address, PORT_TAKEN);
  }

  private async handOver(): Promise<void> {
    this.isTaken = true;
    if (this.lifecycle.phase === 'starting') log.warn(LOG.handedOver(this.address));
    await this.onApplicationShutdown();
  }

  private forget(): void {
    if (servers.get(this.address) === this) servers.delete(this.address);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    // Also so that Node does not read a body.
    response.setHeader('Connection', 'close');
    if (this.responder.handle(request, response, this.options.details)) return;
    response.statusCode = 404;
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.end(NOT_FOUND);
  }
}

/** The separate server, if there is one, once it listens. */
export async function listeningServer(
  { server }: ResolvedOptions,
  responder: ProbeResponder,
  lifecycle: AppLifecycle,
): Promise<ProbeServer | undefined> {
  const probeServer = server && new ProbeServer(server, responder, lifecycle);
  await probeServer?.listen();
  return probeServer;
}
