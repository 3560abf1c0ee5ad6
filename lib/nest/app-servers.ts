import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';

/** A transport of `@nestjs/microservices`, as far as it is used. */
interface RpcServer {
  listen(done: (error?: unknown, ...rest: unknown[]) => void): unknown;
  close(): unknown;
}

// Node reports here each server of the process that begins to listen, of whatever kind.
const LISTENING = 'tracing:net.server.listen:asyncEnd';

/**
 * The servers by which clients reach the app: that of its HTTP adapter, those of its microservices, or
 * one that `main.ts` creates around the adapter's instance.
 */
@Injectable()
export class AppServers implements OnApplicationShutdown {
  private readonly microservices = new Set<RpcServer>();
  /** Those that have passed a request to the app. */
  private readonly others = new Set<Server>();
  private hasMicroservice = false;
  private hasOpened = false;

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {}

  /** @param beforeClose is awaited before a microservice closes its transport, which it does ahead of all hooks */
  watchMicroservices(beforeClose: () => Promise<void>): void {
    this.modules.getRpcTargetRegistry<RpcServer>().subscribe((server) => {
      this.hasMicroservice = true;
      const { listen, close } = server;
      server.listen = (done) =>
        listen.call(server, (error, ...rest) => {
          if (!error) this.microservices.add(server);
          done(error, ...rest);
        });
      server.close = async () => {
        await beforeClose();
        this.microservices.delete(server);
        return close.call(server);
      };
    });
  }

  /** From now on any server that begins to listen may be one that `main.ts` created for the app. */
  watchListening(): void {
    subscribe(LISTENING, this.onListening);
  }

  onApplicationShutdown(): void {
    unsubscribe(LISTENING, this.onListening);
  }

  /** A request reached the app, which thus has a server or needs none. */
  noteRequest(socket: { readonly server?: Server } | undefined): void {
    this.hasOpened = true;
    // Node sets it on the socket of each HTTP server, without a word in its documentation.
    const server = socket?.server;
    if (server && server !== this.httpServer) this.others.add(server);
  }

  /** Whether clients have a way in, or never will: a worker has no server at all. */
  get isReachable(): boolean {
    this.hasOpened ||=
      this.host.listening ||
      this.microservices.size > 0 ||
      (!this.host.httpAdapter && !this.hasMicroservice);
    return this.hasOpened;
  }

  get hasHttp(): boolean {
    return Boolean(this.host.httpAdapter);
  }

  /** Whether clients can connect at this moment. */
  get isListening(): boolean {
    return (
      this.httpServer?.listening === true ||
      this.microservices.size > 0 ||
      [...this.others].some(({ listening }) => listening)
    );
  }

  get httpServer(): HttpServer | undefined {
    return this.host.httpAdapter?.getHttpServer() as HttpServer | undefined;
  }

  private readonly onListening = (): void => {
    this.hasOpened = true;
  };
}
