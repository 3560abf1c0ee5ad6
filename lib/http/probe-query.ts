/** The query parameters of a probe; all others are ignored. */
export interface ProbeQuery {
  /** `?verbose`: every check, in the text. */
  readonly verbose?: boolean;
  /** `?format=`, which wins over `Accept`. */
  readonly format?: string;
  /** `?exclude=`, which may be repeated: names of checks to leave out. */
  readonly exclude?: readonly string[];
}

export function parseProbeQuery(search: string): ProbeQuery {
  const query = new URLSearchParams(search);
  const exclude = [...new Set(query.getAll('exclude'))].filter((name) => name !== '');
  return {
    verbose: query.has('verbose'),
    format: query.get('format') ?? undefined,
    exclude: exclude.length ? exclude : undefined,
  };
}
