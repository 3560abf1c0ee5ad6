import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
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

/** Answers GET and HEAD on exactly the probe paths; everything else goes on untouched. */
@Injectable()
export class ProbeMiddleware implements NestMiddleware<ProbeRequest, ProbeResponse> {
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

  /** Through Nest's consumer: the path stands behind the app's global prefix, if it has one. */
  use(request: ProbeRequest, response: ProbeResponse, next: () => void): void {
    const path = pathOf(request.originalUrl ?? request.url ?? '');
    this.answer(this.probeAtEndOf(path), request, response, next);
  }

  /** First in line on the adapter: the path is absolute. */
  useFirst(request: ProbeRequest, response: ProbeResponse, next: () => void): void {
    this.answer(this.probes.get(pathOf(request.url ?? '')), request, response, next);
  }

  private answer(
    probe: Probe | undefined,
    { method, headers }: ProbeRequest,
    response: ProbeResponse,
    next: () => void,
  ): void {
    if (!probe || (method !== 'GET' && method !== 'HEAD')) {
      next();
      return;
    }
    const view = negotiate(headers.accept);
    void this.service.check(probe).then((result) => {
      const healthy = result.status === 'ok' || result.status === 'degraded';
      const { contentType, body } = view.render(result);
      // Nobody is left to answer when the app's own time-out did it first.
      if (response.headersSent) return;
      response.statusCode = healthy ? 200 : this.options.unhealthyStatus;
      response.setHeader('Content-Type', contentType);
      response.setHeader('Content-Length', Buffer.byteLength(body));
      response.setHeader('Cache-Control', 'no-store');
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.setHeader('Vary', 'Accept');
      response.end(method === 'HEAD' ? undefined : body);
    });
  }

  private probeAtEndOf(path: string): Probe | undefined {
    const [longest] = [...this.probes]
      .filter(([probePath]) => path.endsWith(probePath))
      .toSorted(([a], [b]) => b.length - a.length);
    return longest?.[1];
  }
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
