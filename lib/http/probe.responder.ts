import { Inject, Injectable, Logger } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import { CHECK_FAILED, LOG, LOG_CONTEXT } from '../health.messages.js';
import {
  type Details,
  type Probe,
  RESOLVED_OPTIONS,
  type ResolvedOptions,
} from '../health.options.js';
import { reasonOf, stackOf } from '../indicators/reason.js';
import { ProbeService } from '../probes/probe.service.js';
import { negotiate } from './negotiate.js';

/** What Express, Fastify and node:http requests have in common. */
export interface ProbeRequest {
  readonly method?: string;
  readonly url?: string;
  /** Express's, and middie's: the URL before a mount path was cut off. */
  readonly originalUrl?: string;
  readonly httpVersionMajor?: number;
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

/** Answers GET and HEAD on exactly the probe paths, on whatever port they came in. */
@Injectable()
export class ProbeResponder {
  private readonly logger = new Logger(LOG_CONTEXT);
  private readonly probes: ReadonlyMap<string, Probe>;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(ProbeService) private readonly service: ProbeService,
  ) {
    this.probes = new Map(
      (Object.keys(options.probes) as Probe[]).flatMap((probe) =>
        options.probes[probe].paths.map((path) => [path, probe] as const),
      ),
    );
  }

  /**
   * Begins to answer, if the request asks a probe.
   *
   * @param path of the request, without its query
   * @returns whether it did: any other request is not ours
   */
  answer(
    path: string,
    request: ProbeRequest,
    response: ProbeResponse,
    details: Details = this.options.details,
  ): boolean {
    const probe = this.probes.get(path);
    if (!probe || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    void this.reply(probe, request, response, details);
    return true;
  }

  /** Never rejects: whatever is wrong must not end the process, nor leave the prober waiting. */
  private async reply(
    probe: Probe,
    request: ProbeRequest,
    response: ProbeResponse,
    details: Details,
  ): Promise<void> {
    try {
      this.send(await this.service.check(probe, details), request, response);
    } catch (error) {
      this.fail(error, request, response);
    }
  }

  private fail(error: unknown, request: ProbeRequest, response: ProbeResponse): void {
    this.logger.error(LOG.broken(reasonOf(error)), stackOf(error));
    try {
      this.send(BROKEN, request, response);
    } catch {
      // The response itself is what is broken.
    }
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

/** A URL without its query, neither decoded nor normalized. */
export function pathOf(url = ''): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
