import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
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

/**
 * The probes on a port of their own, and nothing else there. It listens while Nest still builds the
 * modules, since it depends on none but ours, and closes last.
 */
export class ProbeServer implements OnApplicationShutdown {
  private readonly server = createServer(LIMITS, (request, response) =>
    this.answer(request, response),
  );

  constructor(
    private readonly options: ResolvedServer,
    private readonly responder: ProbeResponder,
  ) {
    this.server.maxConnections = MOST_CONNECTIONS;
    // An app that could not be started has to be able to end.
    this.server.unref();
  }

  /** @throws {Error} when the port cannot be had, saying why */
  async listen(): Promise<void> {
    const { port, host = '' } = this.options;
    try {
      await once(this.server.listen({ port, host: host || undefined }), 'listening');
    } catch (error) {
      throw new Error(cannotListen(`${host}:${port}`, reasonOf(error)), { cause: error });
    }
    const logger = new Logger(LOG_CONTEXT);
    this.server.on('error', (error) => logger.warn(LOG.serverError(reasonOf(error))));
    logger.log(LOG.listening(`${host}:${(this.server.address() as AddressInfo).port}`));
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
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
