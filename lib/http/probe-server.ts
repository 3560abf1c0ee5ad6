import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { cannotListen, LOG, LOG_CONTEXT, NOT_FOUND } from '../health.messages.js';
import type { ResolvedOptions } from '../health.options.js';
import type { ResolvedServer } from '../options/server.options.js';
import { reasonOf } from '../redaction/reason.js';
import { pathOf } from './probe-request.js';
import type { ProbeResponder } from './probe.responder.js';

// A prober sends a few lines and goes. Whoever sends more, or slower, or does not go, is not one.
const MOST_CONNECTIONS = 256;
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};

/** By address, those of apps that are being built or could not be, which Nest tells nobody. */
const unbuilt = new Map<string, ProbeServer>();

/**
 * The probes on a port of their own, and nothing else there. It listens while Nest still builds the
 * modules, since it depends on none but ours, and closes last.
 */
export class ProbeServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly server = createServer(LIMITS, (request, response) =>
    this.answer(request, response),
  );

  private readonly address: string;
  private opened?: Promise<void>;
  private isTaken = false;

  constructor(
    private readonly options: ResolvedServer,
    private readonly responder: ProbeResponder,
  ) {
    this.address = `${options.host ?? ''}:${options.port}`;
    this.server.maxConnections = MOST_CONNECTIONS;
    // An app that could not be started has to be able to end.
    this.server.unref();
  }

  /**
   * Takes the port from an app that is not built yet: where another is begun, that one is taken to have failed.
   *
   * @throws {Error} when the port cannot be had, saying why
   */
  listen(): Promise<void> {
    const other = unbuilt.get(this.address);
    if (other) other.isTaken = true;
    if (this.options.port) unbuilt.set(this.address, this);
    this.opened = this.listenAfter(other);
    return this.opened;
  }

  /** @throws {Error} when it was built after all, and another has the port now */
  onApplicationBootstrap(): void {
    if (this.isTaken) throw this.cannotListen('another app of this process has it');
    this.forget();
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
    await other?.onApplicationShutdown();
    const { port, host } = this.options;
    try {
      await once(this.server.listen({ port, host }), 'listening');
    } catch (error) {
      this.forget();
      throw this.cannotListen(reasonOf(error), error);
    }
    const logger = new Logger(LOG_CONTEXT);
    this.server.on('error', (error) => logger.warn(LOG.serverError(reasonOf(error))));
    logger.log(LOG.listening(`${host ?? ''}:${(this.server.address() as AddressInfo).port}`));
  }

  private forget(): void {
    if (unbuilt.get(this.address) === this) unbuilt.delete(this.address);
  }

  private cannotListen(reason: string, cause?: unknown): Error {
    return new Error(cannotListen(this.address, reason), { cause });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    // Also so that a body is not read.
    response.setHeader('Connection', 'close');
    const { details } = this.options;
    const refuse = () => {
      response.statusCode = 404;
      response.setHeader('Content-Type', 'text/plain; charset=utf-8');
      response.end(NOT_FOUND);
    };
    this.responder.answer(pathOf(request.url), request, response, refuse, details);
  }
}

/** The server if there is to be one, once it listens. */
export async function listeningServer(
  { server }: ResolvedOptions,
  responder: ProbeResponder,
): Promise<ProbeServer | undefined> {
  const probeServer = server && new ProbeServer(server, responder);
  await probeServer?.listen();
  return probeServer;
}
