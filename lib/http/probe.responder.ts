import { Inject, Injectable } from '@nestjs/common';
import { log } from '../health.logger.js';
import { CHECK_FAILED, LOG } from '../health.messages.js';
import type { Details } from '../options/details.js';
import type { Probe } from '../options/probe.options.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import { reasonOf, stackOf } from '../redaction/reason.js';
import { bareReport, hasPassed, type ProbeReport } from '../probes/probe-report.js';
import { ProbeService } from '../probes/probe.service.js';
import { negotiate, viewsFor } from './negotiate.js';
import { NO_QUERY, parseProbeQuery, type ProbeQuery } from './probe-query.js';
import type { ProbeRequest } from './probe-request.js';
import { ProbeRouter } from './probe-router.js';
import { TimeSlicedQueue } from './time-sliced-queue.js';
import { textView } from './views/text.view.js';
import type { Rendered, View } from './views/view.js';

/** What the responses of Express, Fastify and node:http have in common. */
export interface ProbeResponse {
  readonly headersSent: boolean;
  setHeader(name: string, value: string | number): unknown;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  end(body?: string): unknown;
}

/** One request to a probe, with its response. */
interface Exchange {
  readonly probe: Probe;
  readonly query: ProbeQuery;
  readonly request: ProbeRequest;
  readonly response: ProbeResponse;
}

/** What is sent, beside the status. */
interface Answer {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string;
}

/** Answers requests to probes, on whatever port they came in. */
@Injectable()
export class ProbeResponder {
  private readonly views: readonly View[];
  private readonly queue = new TimeSlicedQueue();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(ProbeService) private readonly service: ProbeService,
    @Inject(ProbeRouter) private readonly router: ProbeRouter,
  ) {
    this.views = viewsFor(options);
  }

  /**
   * Answers a request that a probe matches, and leaves all others alone.
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
    const match = this.router.match(request, url);
    if (!match) return false;
    const { probe, check } = match;
    const query = parseProbeQuery(url);
    const exchange = { probe, query, request, response };
    // An error must neither end the process nor leave the prober waiting.
    const fail = (error: unknown) => this.fail(error, exchange);
    try {
      const selection = check === undefined ? query : { only: check };
      const report = this.service.report(probe, details, selection);
      if (report instanceof Promise) {
        report.then((made) => this.queue.push(() => this.send(made, exchange)), fail);
      } else {
        this.write(report, exchange);
      }
    } catch (error) {
      fail(error);
    }
    return true;
  }

  private send(report: ProbeReport, exchange: Exchange): void {
    try {
      this.write(report, exchange);
    } catch (error) {
      this.fail(error, exchange);
    }
  }

  private fail(error: unknown, exchange: Exchange): void {
    try {
      this.write(brokenReport(exchange.probe), { ...exchange, query: NO_QUERY });
    } catch {
      // The response itself is broken.
    }
    log.error(LOG.broken(reasonOf(error)), stackOf(error));
  }

  private write(report: ProbeReport, { query, request, response }: Exchange): void {
    const view = negotiate(this.views, query.format, request.headers.accept);
    let answer: Answer;
    if (view === textView && query === NO_QUERY) {
      // The kubelet's answer is rendered once for each report.
      report.plainAnswer ??= toAnswer(view.render(report, query));
      answer = report.plainAnswer as Answer;
    } else {
      answer = toAnswer(view.render(report, query));
    }
    // A time-out of the app may have answered first.
    if (response.headersSent) return;
    // Requests that were waiting when shutdown began must not keep their connection, and so the server, open.
    if (report.phase === 'shutting down' && request.httpVersionMajor === 1) {
      response.setHeader('Connection', 'close');
    }
    const status = hasPassed(report) ? 200 : this.options.unhealthyStatus;
    const { method } = request;
    response.writeHead(status, method === 'OPTIONS' ? toOptions(answer.headers) : answer.headers);
    response.end(method === 'GET' ? answer.body : undefined);
  }
}

const toAnswer = ({ contentType, body, headers }: Rendered): Answer => ({
  body,
  headers: {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Accept',
    ...headers,
  },
});

/** Unlike HEAD, OPTIONS must not announce a body that does not follow: the client would wait for it. */
const toOptions = (headers: Answer['headers']): Answer['headers'] => ({
  ...headers,
  'Content-Length': 0,
  Allow: 'GET, HEAD, OPTIONS',
});

/** The report when making the answer throws, which is a fault of ours. */
const brokenReport = (probe: Probe): ProbeReport => ({
  ...bareReport(probe, 'started'),
  status: 'error',
  plainAnswer: undefined,
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
