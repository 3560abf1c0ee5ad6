/** The query parameters of a probe; all others are ignored. */
export interface ProbeQuery {
  /** `?verbose`: every check, in the text. */
  readonly verbose?: boolean;
  /** `?format=`, which wins over `Accept`. */
  readonly format?: string;
  /** `?exclude=`, which may be repeated: names of checks to leave out. */
  readonly exclude?: readonly string[];
}

/** The kubelet's: by identity, so that its answer can be cached. */
export const NO_QUERY: ProbeQuery = {};

export function parseProbeQuery(url = ''): ProbeQuery {
  const start = url.indexOf('?');
  if (start < 0) return NO_QUERY;
  const query = new URLSearchParams(url.slice(start));
  const exclude = [...new Set(query.getAll('exclude'))].filter((name) => name !== '');
  return {
    verbose: query.has('verbose'),
    format: query.get('format') ?? undefined,
    exclude: exclude.length ? exclude : undefined,
  };
}
