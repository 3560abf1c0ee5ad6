import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import type { HealthCheckResult } from '@nestjs/terminus';
import { CHECK_FAILED } from '../health.messages.js';
import { type Probe, RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { ProbeService } from '../probes/probe.service.js';
import { negotiate } from './negotiate.js';

/** What Express, Fastify and node:http requests have in common. */
export interface ProbeRequest {
  readonly method?: string;
  readonly url?: string;
  /** Express's, and middie's: the URL before a mount path was cut off. */
  readonly originalUrl?: string;
  readonly headers: { readonly accept?: string };
}

/** What their responses have in common. */
export interface ProbeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string | number): unknown;
  end(body?: string): unknown;
}

/** What is said when making the answer fails, which is a fault of ours. */
const BROKEN: HealthCheckResult = {
  status: 'error',
  error: { probe: { status: 'down', message: CHECK_FAILED } },
  details: { probe: { status: 'down', message: CHECK_FAILED } },
};

/** Answers GET and HEAD on exactly the probe paths; everything else goes on untouched. */
@Injectable()
export class ProbeMiddleware implements NestMiddleware<ProbeRequest, ProbeResponse> {
  private readonly probes: ReadonlyMap<string, Probe>;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(ProbeService) private readonly service: ProbeService,
    @Inject(ApplicationConfig) private readonly application: ApplicationConfig,
  ) {
    this.probes = new Map(
      (Object.keys(options.probes) as Probe[]).flatMap((probe) =>
        options.probes[probe].paths.map((path) => [path, probe] as const),
      ),
    );
  }

  /** Through Nest's consumer, behind the app's global prefix. Routers match loosely, this does not. */
  use(request: ProbeRequest, response: ProbeResponse, next: () => void): void {
    const prefix = `/${this.application.getGlobalPrefix()}/`.replaceAll(/\/{2,}/g, '/');
    const path = pathOf(request.originalUrl ?? request.url ?? '');
    const inner = path.startsWith(prefix) ? path.slice(prefix.length - 1) : '';
    this.answer(this.probes.get(inner), request, response, next);
  }

  /** First in line on the adapter: the path is absolute. */
  useFirst(request: ProbeRequest, response: ProbeResponse, next: () => void): void {
    this.answer(this.probes.get(pathOf(request.url ?? '')), request, response, next);
  }

  private answer(
    probe: Probe | undefined,
    request: ProbeRequest,
    response: ProbeResponse,
    next: () => void,
  ): void {
    if (!probe || (request.method !== 'GET' && request.method !== 'HEAD')) {
      next();
      return;
    }
    this.service
      .check(probe)
      .then((result) => this.send(result, request, response))
      // Whatever is wrong must not end the process, nor leave the prober waiting.
      .catch(() => this.send(BROKEN, request, response));
  }

  private send(
    result: HealthCheckResult,
    { method, headers }: ProbeRequest,
    response: ProbeResponse,
  ): void {
    const { contentType, body } = negotiate(headers.accept).render(result);
    // Nobody is left to answer when the app's own time-out did it first.
    if (response.headersSent) return;
    const healthy = result.status === 'ok' || result.status === 'degraded';
    response.statusCode = healthy ? 200 : this.options.unhealthyStatus;
    response.setHeader('Content-Type', contentType);
    response.setHeader('Content-Length', Buffer.byteLength(body));
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Vary', 'Accept');
    response.end(method === 'HEAD' ? undefined : body);
  }
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
