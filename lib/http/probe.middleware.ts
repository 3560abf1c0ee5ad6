import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { AppServers } from '../nest/app-servers.js';
import { pathOf, type ProbeRequest, type SeenRequest } from './probe-request.js';
import { ProbeResponder, type ProbeResponse } from './probe.responder.js';

/** The probes on the app's own port; every request that is not one goes on untouched. */
@Injectable()
export class ProbeMiddleware implements NestMiddleware<ProbeRequest, ProbeResponse> {
  /** What was looked at ahead of the framework, until that passes it on. */
  private lastRequest?: ProbeRequest;
  private lastUrl?: string;

  constructor(
    @Inject(ProbeResponder) private readonly responder: ProbeResponder,
    @Inject(ApplicationConfig) private readonly application: ApplicationConfig,
    @Inject(AppLifecycle) private readonly lifecycle: AppLifecycle,
    @Inject(AppServers) private readonly servers: AppServers,
  ) {}

  /**
   * Through Nest's consumer, behind the app's global prefix: whole probes only, since a router that
   * had to look for the checks of one would refuse paths the app may want. Routers match loosely,
   * this does not.
   */
  use(request: ProbeRequest, response: ProbeResponse, next: () => void): void {
    const path = this.behindPrefix(pathOf(request.originalUrl ?? request.url));
    if (this.responder.recognizes(path, request.method, { wholeOnly: true })) {
      this.responder.answer(path, request, response, next);
    } else next();
  }

  /**
   * Meets a request ahead of the framework, and again first in line on its adapter.
   *
   * @returns whether it may ask a probe, and {@link answer} is to be called. All others cost as little as
   * can be, which is not even a function to go on by.
   */
  meet(request: ProbeRequest, response: ProbeResponse): boolean {
    // The framework may have rewritten the URL.
    if (this.lastRequest === request && this.lastUrl === request.url) {
      this.lastRequest = undefined;
      return false;
    }
    this.lastRequest = request;
    this.lastUrl = request.url;
    this.servers.noteRequest(request.socket);
    // While the app drains, clients that keep their connection would never move on. HTTP/2 has no
    // such header.
    if (this.lifecycle.isShuttingDown && request.httpVersionMajor === 1) {
      response.setHeader('Connection', 'close');
    }
    return this.responder.mayAnswer(pathOf(request.url), request.method);
  }

  /** By its absolute path. */
  answer(request: ProbeRequest, response: ProbeResponse, pass: () => void): void {
    this.responder.answer(pathOf(request.url), request, response, pass);
  }

  /** Whether one of the two answers a request. */
  recognizes({ method, url, originalUrl }: SeenRequest): boolean {
    const path = pathOf(originalUrl ?? url);
    return (
      this.responder.recognizes(path, method) ||
      this.responder.recognizes(this.behindPrefix(path), method, { wholeOnly: true })
    );
  }

  private behindPrefix(path: string): string {
    const prefix = `/${this.application.getGlobalPrefix()}/`.replaceAll(/\/{2,}/g, '/');
    return path.startsWith(prefix) ? path.slice(prefix.length - 1) : '';
  }
}
