/** The common fields of the requests of Express, Fastify and node:http. */
export interface ProbeRequest {
  readonly method?: string;
  readonly url?: string;
  /** Express's, and middie's: the URL before a mount path was cut off. */
  readonly originalUrl?: string;
  readonly httpVersionMajor?: number;
  readonly headers: ProbeHeaders;
  /** Undefined for a request that came without a server. */
  readonly socket?: object;
}

interface ProbeHeaders {
  readonly accept?: string;
  readonly 'access-control-request-method'?: string | string[];
}

/** The fields that are matched. Loggers and tracers do not always have the headers. */
export type SeenRequest = Pick<ProbeRequest, 'method' | 'url' | 'originalUrl'> & {
  readonly headers?: Pick<ProbeHeaders, 'access-control-request-method'>;
};

// One for each app, global to the process: loggers and tracers are set up before there is an app.
const matchers = new Set<(request: SeenRequest) => boolean>();

/**
 * Whether {@link HealthModule} answers a request, on its configured paths. For access loggers and tracers,
 * which should skip requests that come every few seconds. It accepts the requests of Express, of Fastify
 * and of Node, at any time: without an app no request is a probe.
 *
 * @param request with `headers`, a CORS preflight, which the app answers, differs from OPTIONS on a probe
 * @example
 * ```ts
 * LoggerModule.forRoot({ pinoHttp: { autoLogging: { ignore: isProbeRequest } } }); // nestjs-pino
 * ```
 *
 * @publicApi
 */
export function isProbeRequest(request: {
  method?: string;
  url?: string;
  originalUrl?: string;
  headers?: { 'access-control-request-method'?: string | string[] };
}): boolean {
  for (const matches of matchers) {
    if (matches(request)) return true;
  }
  return false;
}

/** Makes {@link isProbeRequest} match the probes of one more app. Returns a function that undoes it. */
export function addMatcher(matches: (request: SeenRequest) => boolean): () => void {
  matchers.add(matches);
  return () => matchers.delete(matches);
}
