import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer } from 'node:http';
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
  /** HTTP servers that pass requests to the app, such as one of `main.ts` around the adapter's instance. */
  private readonly httpServers = new Set<HttpServer>();
  private hasMicroservice = false;
  private hasOpened = false;
  private acceptsAnyServer = false;
  private stopWatching = (): void => {};

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
        // An app with HTTP runs its hooks first. There a transport that is closed ends nothing else: those
        // of RabbitMQ and MQTT close themselves when they cannot connect, before they listen.
        if (this.microservices.has(server) && !this.hasHttp) await beforeClose();
        this.microservices.delete(server);
        return close.call(server);
      };
    });
  }

  /** Watches the servers that `main.ts` creates for the app, before or after `init()`. */
  watchListening(): void {
    // Weakly: nothing tells an app that it failed to start, and the channel would keep it.
    const self = new WeakRef(this);
    const onMessage = (message: unknown) =>
      self.deref()?.onListening((message as { server: HttpServer }).server);
    subscribe(LISTENING, onMessage);
    this.stopWatching = () => void unsubscribe(LISTENING, onMessage);
  }

  /** From now on any server that begins to listen may be one for the app: `main.ts` may wrap the instance. */
  acceptAnyServer(): void {
    this.acceptsAnyServer = true;
  }

  onApplicationShutdown(): void {
    this.stopWatching();
  }

  /** A request reached the app, which thus has a server or needs none. */
  onRequest(socket: { readonly server?: HttpServer } | undefined): void {
    this.hasOpened = true;
    // Node sets it on the socket of each HTTP server, without a word in its documentation.
    if (socket?.server) this.httpServers.add(socket.server);
  }

  /** Whether clients have a way in, or never will: a worker has no server at all. */
  get isReachable(): boolean {
    this.hasOpened ||= this.isListening || (!this.hasHttp && !this.hasMicroservice);
    return this.hasOpened;
  }

  get hasHttp(): boolean {
    return Boolean(this.host.httpAdapter);
  }

  /** Whether clients can connect at this moment. */
  get isListening(): boolean {
    return this.listeningServers.length > 0 || this.microservices.size > 0;
  }

  /** The HTTP servers that clients can connect to at this moment. */
  get listeningServers(): HttpServer[] {
    const own = this.host.httpAdapter?.getHttpServer() as HttpServer | undefined;
    const all = new Set([...(own ? [own] : []), ...this.httpServers]);
    return [...all].filter((server) => server.listening);
  }

  private onListening(server: HttpServer): void {
    const instance: unknown = this.host.httpAdapter?.getInstance();
    if (server.listeners('request').some((listener) => listener === instance)) {
      this.httpServers.add(server);
    }
    if (this.acceptsAnyServer) this.hasOpened = true;
  }
}
