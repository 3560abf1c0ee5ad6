import { Inject, Injectable } from '@nestjs/common';
import { log } from '../health.logger.js';
import { CHECK_FAILED, LOG } from '../health.messages.js';
import type { Details } from '../options/details.js';
import type { Probe } from '../options/probe.options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { reasonOf, stackOf } from '../redaction/reason.js';
import { PHASE_REPORTS, hasPassed, type ProbeReport } from '../probes/probe-report.js';
import { ProbeService } from '../probes/probe.service.js';
import { negotiate, viewsFor } from './negotiate.js';
import type { ProbeRequest } from './probe-request.js';
import type { ProbeQuery } from './probe-query.js';
import { type ProbeMatch, ProbeRouter } from './probe-router.js';
import { TimeSlicedQueue } from './time-sliced-queue.js';
import { textView } from './views/text.view.js';
import type { View } from './views/view.js';

/** The common members of the responses of Express, Fastify and node:http. */
export interface ProbeResponse {
  readonly headersSent: boolean;
  setHeader(name: string, value: string | number): unknown;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  end(body?: string): unknown;
}

/** One request to a probe, with its response. */
interface Exchange {
  readonly match: ProbeMatch;
  readonly request: ProbeRequest;
  readonly response: ProbeResponse;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: string;
}

/** Answers requests to probes, on the app's port and on the separate one. */
@Injectable()
export class ProbeResponder {
  private readonly views: readonly View[];
  private readonly queue = new TimeSlicedQueue();
  private readonly plainAnswers = new WeakMap<ProbeReport, Answer>();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(ProbeService) private readonly service: ProbeService,
    @Inject(ProbeRouter) private readonly router: ProbeRouter,
  ) {
    this.views = viewsFor(options);
  }

  /**
   * Answers a request that matches a probe, and does not touch others.
   *
   * @param url of the request, where a framework has changed it since it came in
   * @returns whether the request was for a probe
   */
  handle(
    request: ProbeRequest,
    response: ProbeResponse,
    details: Details = this.options.details,
    url = request.url,
  ): boolean {
    let match: ProbeMatch | undefined;
    // An error must neither end the process nor leave the prober waiting.
    const fail = (error: unknown) => this.fail(error, match, request, response);
    try {
      match = this.router.match(request, url);
      if (!match) return false;
      const { probe, check, query } = match;
      const exchange = { match, request, response };
      const selection = check === undefined ? query : { only: check };
      const report = this.service.runners[probe].report(details, selection);
      if (report instanceof Promise) {
        report.then((made) => this.queue.push(() => this.write(made, exchange), fail), fail);
      } else {
        this.write(report, exchange);
      }
    } catch (error) {
      fail(error);
    }
    return match !== undefined;
  }

  private fail(
    error: unknown,
    match: ProbeMatch | undefined,
    request: ProbeRequest,
    response: ProbeResponse,
  ): void {
    log.error(LOG.broken(reasonOf(error)), stackOf(error));
    if (!match) return;
    const { probe } = match;
    try {
      this.write(brokenReport(probe), { match: { probe }, request, response });
    } catch {
      // The response itself is broken.
    }
  }

  private write(report: ProbeReport, { match: { query }, request, response }: Exchange): void {
    const { accept } = request.headers;
    let answer: Answer;
    if (!query && (!accept || accept === '*/*')) {
      // The answer for the kubelet and curl is rendered once for each report.
      answer = this.plainAnswers.get(report) ?? this.toAnswer(report, textView);
      this.plainAnswers.set(report, answer);
    } else {
      answer = this.toAnswer(report, negotiate(this.views, query?.format, accept), query);
    }
    // A time-out of the app may have answered first.
    if (response.headersSent) return;
    // Requests that were waiting when shutdown began must not keep their connection, and so the server, open.
    if (report.phase === 'shutting down' && request.httpVersionMajor === 1) {
      response.setHeader('Connection', 'close');
    }
    const { method } = request;
    const headers = method === 'OPTIONS' ? toOptions(answer.headers) : answer.headers;
    response.writeHead(answer.status, headers);
    response.end(method === 'GET' ? answer.body : undefined);
  }

  private statusOf(report: ProbeReport): number {
    const { degradedStatus, unhealthyStatus } = this.options;
    if (report.status === 'degraded') return degradedStatus;
    return hasPassed(report) ? 200 : unhealthyStatus;
  }

  private toAnswer(report: ProbeReport, view: View, query: ProbeQuery = {}): Answer {
    const { contentType, body, headers } = view.render(report, query);
    const status = this.statusOf(report);
    const hasBody = !BODILESS.includes(status);
    return {
      status,
      body: hasBody ? body : undefined,
      headers: {
        'Content-Type': contentType,
        ...(hasBody && { 'Content-Length': Buffer.byteLength(body) }),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        Vary: 'Accept',
        ...headers,
      },
    };
  }
}

// RFC 9110: a client would take the body for the next response.
const BODILESS = [204, 205, 304];

/** Unlike HEAD, OPTIONS must not announce a body that does not follow: the client would wait for it. */
const toOptions = (headers: Answer['headers']): Answer['headers'] => ({
  ...headers,
  'Content-Length': 0,
  Allow: 'GET, HEAD, OPTIONS',
});

/** The report when making the answer throws, which is a fault of ours. */
const brokenReport = (probe: Probe): ProbeReport => ({
  ...PHASE_REPORTS[probe].started,
  status: 'error',
  checks: [
    {
      name: 'probe',
      status: 'down',
      result: { status: 'down', message: CHECK_FAILED },
      responseTime: 0,
      stateMs: 0,
      history: [],
    },
  ],
});
