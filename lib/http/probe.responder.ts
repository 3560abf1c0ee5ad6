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
import { PacedQueue } from './paced-queue.js';
import { ProbePaths } from './probe-paths.js';
import type { ProbeRequest } from './probe-request.js';
import { NO_QUESTION, type Question, questionIn } from './question.js';
import { textView } from './views/text.view.js';
import type { Rendered, View } from './views/view.js';

/** What the responses of Express, Fastify and node:http have in common. */
export interface ProbeResponse {
  readonly headersSent: boolean;
  setHeader(name: string, value: string | number): unknown;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  end(body?: string): unknown;
}

/** One request, and who is told what. */
interface Exchange {
  readonly request: ProbeRequest;
  readonly response: ProbeResponse;
  readonly details: Details;
}

/** What is sent, beside the status. */
interface Answer {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string;
}

/** Answers GET and HEAD on the probe paths, on whatever port they came in. */
@Injectable()
export class ProbeResponder {
  private readonly paths: ProbePaths;
  private readonly views: readonly View[];
  private readonly queue = new PacedQueue();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(ProbeService) private readonly service: ProbeService,
  ) {
    this.paths = new ProbePaths(options.probes);
    this.views = viewsFor(options);
  }

  /**
   * Answers, if the request asks a probe.
   *
   * @param path of the request, without its query
   * @param pass is called when the request is not ours
   */
  answer(
    path: string,
    request: ProbeRequest,
    response: ProbeResponse,
    pass: () => void,
    details: Details = this.options.details,
  ): void {
    const target = this.paths.find(path);
    if (!target || !isRead(request.method)) {
      pass();
    } else if (target.check === undefined) {
      this.answerProbe(target.probe, { request, response, details });
    } else if (!this.service.has(target.probe, target.check)) {
      pass();
    } else {
      void this.answerCheck(target.probe, target.check, { request, response, details });
    }
  }

  /** Whether {@link answer} may answer: by the path alone, as quick as can be. */
  mayAnswer(path: string, method: string | undefined): boolean {
    return isRead(method) && this.paths.find(path) !== undefined;
  }

  /** Whether {@link answer} would answer, as far as can be told without asking a check. */
  recognizes(path: string, method: string | undefined, { wholeOnly = false } = {}): boolean {
    const target = this.paths.find(path);
    if (!target || !isRead(method)) return false;
    if (target.check === undefined) return true;
    return !wholeOnly && this.service.has(target.probe, target.check);
  }

  private answerProbe(probe: Probe, exchange: Exchange): void {
    const question = questionIn(exchange.request.url);
    // Whatever is wrong must not end the process, nor leave the prober waiting.
    const fail = (error: unknown) => this.fail(error, probe, exchange);
    const send = (report: ProbeReport) => {
      try {
        this.send(report, question, exchange);
      } catch (error) {
        fail(error);
      }
    };
    try {
      const report = this.service.report(probe, exchange.details, question);
      if (report instanceof Promise) {
        report.then((found) => this.queue.push(() => send(found)), fail);
      } else {
        send(report);
      }
    } catch (error) {
      fail(error);
    }
  }

  private async answerCheck(probe: Probe, check: string, exchange: Exchange): Promise<void> {
    try {
      const report = await this.service.report(probe, exchange.details, { only: check });
      await new Promise<void>((resolve) => this.queue.push(resolve));
      this.send(report, questionIn(exchange.request.url), exchange);
    } catch (error) {
      this.fail(error, probe, exchange);
    }
  }

  private fail(error: unknown, probe: Probe, exchange: Exchange): void {
    try {
      this.send(brokenReport(probe), {}, exchange);
    } catch {
      // The response itself is what is broken.
    }
    log.error(LOG.broken(reasonOf(error)), stackOf(error));
  }

  private send(report: ProbeReport, question: Question, { request, response }: Exchange): void {
    const view = negotiate(this.views, question.format, request.headers.accept);
    const { headers, body } = this.answerIn(view, report, question);
    // Nobody is left to answer when the app's own time-out did it first.
    if (response.headersSent) return;
    // What has waited since before it went down would keep its connection, and that the server.
    if (report.phase === 'shutting down' && request.httpVersionMajor === 1) {
      response.setHeader('Connection', 'close');
    }
    response.writeHead(hasPassed(report) ? 200 : this.options.unhealthyStatus, headers);
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  /** What the kubelet gets is made once for each report. */
  private answerIn(view: View, report: ProbeReport, question: Question): Answer {
    if (view !== textView || question !== NO_QUESTION) {
      return toAnswer(view.render(report, question));
    }
    report.plainAnswer ??= toAnswer(view.render(report, question));
    return report.plainAnswer as Answer;
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

const isRead = (method: string | undefined) => method === 'GET' || method === 'HEAD';

/** What is said when making the answer fails, which is a fault of ours. */
const brokenReport = (probe: Probe): ProbeReport => ({
  ...bareReport(probe, 'started'),
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
