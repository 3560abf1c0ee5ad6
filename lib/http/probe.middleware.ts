import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import { AppLifecycle } from '../lifecycle/app-lifecycle.js';
import { AppServers } from '../nest/app-servers.js';
import type { ProbeRequest } from './probe-request.js';
import { ProbeResponder, type ProbeResponse } from './probe.responder.js';

/** The probes on the app's own port; every request that is not for one goes on untouched. */
@Injectable()
export class ProbeMiddleware implements NestMiddleware<ProbeRequest, ProbeResponse> {
  constructor(
    @Inject(ProbeResponder) private readonly responder: ProbeResponder,
    @Inject(AppLifecycle) private readonly lifecycle: AppLifecycle,
    @Inject(AppServers) private readonly servers: AppServers,
  ) {}

  /** Behind the app's own middleware, where a router may have cut off a part of the URL. */
  use(request: ProbeRequest, response: ProbeResponse, next: () => void): void {
    if (!this.handle(request, response, request.originalUrl)) next();
  }

  /**
   * Answers a request to a probe. Requests that pass several of the ways in `nest/` come here again:
   * matching again costs less than remembering them.
   *
   * @param url of the request, where a framework has changed it since it came in
   * @returns whether the request was for a probe
   */
  handle(request: ProbeRequest, response: ProbeResponse, url = request.url): boolean {
    this.servers.onRequest(request.socket);
    // While the app drains, clients that keep their connection would never move on. HTTP/2 has no
    // such header.
    const mayClose = request.httpVersionMajor === 1 && !response.headersSent;
    if (this.lifecycle.isShuttingDown && mayClose) {
      response.setHeader('Connection', 'close');
    }
    return this.responder.handle(request, response, undefined, url);
  }
}
