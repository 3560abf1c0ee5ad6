/** What Express, Fastify and node:http requests have in common. */
export interface ProbeRequest {
  readonly method?: string;
  readonly url?: string;
  /** Express's, and middie's: the URL before a mount path was cut off. */
  readonly originalUrl?: string;
  readonly httpVersionMajor?: number;
  readonly headers: { readonly accept?: string };
  /** Undefined for a request that came without a server. */
  readonly socket?: object;
}

/** What is looked at to tell a probe: whatever a logger or a tracer has in its hands. */
export type SeenRequest = Pick<ProbeRequest, 'method' | 'url' | 'originalUrl'>;

// Of the process, since loggers and tracers are set up before there is an app to ask. One for each app.
const recognizers = new Set<(request: SeenRequest) => boolean>();

/**
 * Whether a request is answered by {@link HealthModule}, on the paths it is configured with. For
 * access loggers and tracers, which are to leave out what comes every few seconds. Takes the requests
 * of Express, of Fastify and of Node itself, at any time: before there is an app nothing is a probe.
 *
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
}): boolean {
  for (const recognizes of recognizers) {
    if (recognizes(request)) return true;
  }
  return false;
}

/** Makes {@link isProbeRequest} know the probes of one more app. Returns how to undo it. */
export function recognizeBy(recognizes: (request: SeenRequest) => boolean): () => void {
  recognizers.add(recognizes);
  return () => recognizers.delete(recognizes);
}

/** A URL without its query, neither decoded nor normalized. */
export function pathOf(url = ''): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
